/** `tollgate usage export`: a report with all its rows, page by page into a file (`GET /admin/usage`). */
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { CommandFailure, printable } from '../failure.ts';
import { countOf, progress } from '../output.ts';
import { pagesOf } from '../pages.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';
import { csv, type Format, json, ndjson } from '../usage/formats.ts';
import { type Out, openOut } from '../usage/out-file.ts';
import { PATH, pageShape, queryOf, type ReportOptions, STEPS, withReport } from '../usage/report.ts';

/** Adds the verb to `tollgate usage`. */
export function addUsageExport(usage: Command): void {
  const verb = usage.command('export').description('the same as report, with all rows, into a file');
  withReport(verb)
    .addOption(
      new Option('--format <format>', 'of the file').choices(['csv', 'json', 'ndjson']).default('csv'),
    )
    .option('--out <file>', 'the file, which is replaced; - for the standard output', '-')
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => exportReport(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
The file has its name once it is whole: if the command ends early, it is as it was before. Over hours that are closed,
a quarter of an hour after their end, the same export is the same file.

Examples:
  $ npx tollgate usage export --local --out usage.csv
  $ npx tollgate usage export --stack Tollgate-dev --from 2026-10-01 --to 2026-10-31 --format json --out october.json
  $ npx tollgate usage export --stack Tollgate-dev --group-by token --format ndjson | wc -l`;

interface Options extends TargetOptions, ReportOptions {
  format: 'csv' | 'json' | 'ndjson';
  out: string;
}

/** Rows of a page: as many as the server gives. */
const PAGE = 10_000;

async function exportReport(options: Options): Promise<void> {
  const query = queryOf(options, PAGE);
  const target = await findTarget(options);
  const out = await openOut(options.out);
  const rows = await writtenWhole(options.out, out, () =>
    options.format === 'csv'
      ? writePages(target, query, out, csv, z.undefined())
      : writePages(target, query, out, options.format === 'json' ? json : ndjson, pageShape),
  );
  if (options.out !== '-') {
    process.stdout.write(`${countOf(rows, 'row')} written to ${printable(options.out)}.\n`);
  }
}

/** Ctrl-C leaves nothing behind either. */
async function writtenWhole(file: string, out: Out, write: () => Promise<number>): Promise<number> {
  const interrupted = (): void => void out.discard().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    const rows = await write();
    await out.end();
    return rows;
  } catch (error) {
    await out.discard();
    throw error instanceof CommandFailure ? unfinished(file, error) : error;
  } finally {
    process.off('SIGINT', interrupted);
  }
}

function unfinished(file: string, { exitCode, message, next, again }: CommandFailure): CommandFailure {
  const state = file === '-' ? 'What was written is not whole' : `${printable(file)} is as it was before`;
  return new CommandFailure(exitCode, message, `${next} ${state}: run it again, it begins anew.`, { again });
}

/** @returns how many rows were written. */
async function writePages<Shape extends z.ZodType>(
  target: Target,
  query: Record<string, string>,
  out: Out,
  format: Format<z.output<Shape>>,
  shape: Shape,
): Promise<number> {
  const step = progress();
  const walk = {
    path: PATH,
    query: { ...query, format: format.asked },
    shape,
    help: 'usage export',
    steps: STEPS,
  };
  let rows = 0;
  let last: Parameters<typeof format.end>[0] | undefined;
  try {
    for await (const answer of pagesOf(target, walk, format.nextIn)) {
      const page = format.page(answer, last === undefined);
      if (!(await out.write(page.text))) return rows;
      rows += page.rows;
      last = answer;
      step(`Writing rows: ${rows} …`);
    }
    if (last !== undefined) await out.write(format.end(last));
    return rows;
  } finally {
    step();
  }
}
