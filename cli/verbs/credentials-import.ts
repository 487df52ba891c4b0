/** `tollgate credentials import`: clients of another system, with their ids and secrets (`POST /admin/imports`). */
import { statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { pMapIterable } from 'p-map';
import { CommandFailure, EXIT, messageOf } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { linesOfDuplicates, SeenIds } from '../import/duplicates.ts';
import type { Entry, Source } from '../import/entry.ts';
import { AGAIN, BATCH, sender, type Terms } from '../import/send.ts';
import { newTally, note, openReport, type Remark, type ReportFile, type Tally } from '../import/tally.ts';
import { collect, withJson } from '../options.ts';
import { countOf, printJson, printTables, progress } from '../output.ts';
import { printTable } from '../table.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';
import { batchesOf } from '../usage/batches.ts';

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsImport(credentials: Command): void {
  const verb = credentials
    .command('import')
    .description('clients of another system, with the ids and secrets that they have there')
    .argument('<file>', 'what the other system exported')
    .addOption(new Option('--from <system>', 'which one').choices(Object.keys(SOURCES)).makeOptionMandatory())
    .option('--dry-run', 'say what would happen, and change nothing')
    .option(
      '--map-scope <old=new>',
      'a scope of theirs is one of ours; repeatable; without a new one it is left behind',
      pair,
    )
    .option('--scope <scope>', 'a scope that each of them has besides; repeatable', collect)
    .option('--tenant <tenant>', 'the tenant of those that have none')
    .option('--report <file>', 'where to write, as CSV, what was not taken and why');
  withExitCodes(verb, { found: 'done, and some were not taken; with --dry-run, would not be' });
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, _options, command: Command) =>
      importFile(file, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
The whole file is read before anything is sent: where it is damaged, nothing is. Plain secrets are hashed on this
machine. Each client is created whole or not at all, and one that is there stays as it is, so running the same
again, after an interruption too, does no harm. docs/import.md says how to export, and what is taken.

Examples:
  $ npx tollgate credentials import clients.json --from cognito --local --dry-run
  $ npx tollgate credentials import realm.json --from keycloak --stack Tollgate-dev --scope read:products
  $ npx tollgate credentials import clients.csv --from csv --stack Tollgate-dev --map-scope shop/read=read:products \\
      --report not-taken.csv`;

/** Each is loaded where it is asked for. */
const SOURCES: Readonly<Record<string, () => Promise<Source>>> = {
  cognito: async () => (await import('../import/cognito.ts')).cognito,
  auth0: async () => (await import('../import/auth0.ts')).auth0,
  keycloak: async () => (await import('../import/keycloak.ts')).keycloak,
  csv: async () => (await import('../import/csv.ts')).csv,
};

interface Options extends TargetOptions {
  from: string;
  dryRun?: boolean;
  mapScope?: [string, string][];
  scope?: string[];
  tenant?: string;
  report?: string;
  json?: boolean;
}

function pair(text: string, before: [string, string][] = []): [string, string][] {
  const [, old, name = ''] = /^([^=\s]+)=(\S*)$/.exec(text) ?? [];
  if (old === undefined)
    throw new InvalidArgumentError('It has to be <old>=<new>, such as shop/read=read:products.');
  return [...before, [old, name]];
}

/** Batches on their way at once. */
const AT_ONCE = 4;

async function importFile(file: string, options: Options): Promise<void> {
  const source = await SOURCES[options.from]?.();
  if (source === undefined) throw new Error('a system that is not among the choices');
  const target = await findTarget(options);
  const step = progress();
  const repeated = await readOnce(file, source, step);
  const report = await openReport(options.report);
  const terms = {
    ...{ dryRun: options.dryRun === true, tenant: options.tenant },
    ...{ scopes: new Map(options.mapScope ?? []), more: options.scope ?? [] },
  };
  const tally = newTally();
  const entries = withoutRepeated(source(file), repeated.lines);
  try {
    refuseChanged(file, repeated.before);
    await sendAll(target, entries, terms, { tally, report, step, total: repeated.count });
    refuseChanged(file, repeated.before);
  } catch (error) {
    throw interrupted(error, tally);
  } finally {
    step();
    await report.close();
  }
  if (options.json) printJson(jsonOf(tally, terms.dryRun));
  else print(tally, options);
  conclude(tally, options);
}

interface ReadOnce {
  count: number;
  lines: ReadonlyMap<string, number[]>;
  before: string;
}

/** Reads all of it, so that what is wrong with it is known before anything is sent. */
async function readOnce(file: string, source: Source, step: (line?: string) => void): Promise<ReadOnce> {
  const before = stateOf(file);
  const ids = new SeenIds();
  let count = 0;
  for await (const { id } of source(file)) {
    if (id !== undefined) ids.add(id);
    if (++count % 1000 === 0) step(`${count} read …`);
  }
  if (count === 0) {
    const next = 'Look whether it is the right file, and --from the system that it comes from.';
    throw new CommandFailure(EXIT.usage, `There is no client in ${file}.`, next);
  }
  return { count, before, lines: await linesOfDuplicates(ids.alike(), () => source(file)) };
}

function stateOf(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  } catch (cause) {
    throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${messageOf(cause)}`, 'Name a file.', {
      cause,
    });
  }
}

/** What was looked through is not what is sent, where somebody has written to it meanwhile. */
function refuseChanged(file: string, before: string): void {
  if (stateOf(file) === before) return;
  throw new CommandFailure(EXIT.usage, `${file} was changed while it was read.`, AGAIN);
}

async function* withoutRepeated(
  entries: AsyncIterable<Entry>,
  repeated: ReadonlyMap<string, number[]>,
): AsyncGenerator<Entry> {
  for await (const entry of entries) {
    const lines = repeated.get(entry.id ?? '');
    if (lines === undefined) yield entry;
    else yield { ...entry, taken: { code: 'repeated_client_id', detail: REPEATED(lines) } };
  }
}

const REPEATED = (lines: readonly number[]): string =>
  `its id stands in the lines ${lines.slice(0, 10).join(', ')}; leave one of them, and run it again`;

interface Progress {
  tally: Tally;
  report: ReportFile;
  step: (line?: string) => void;
  total: number;
}

async function sendAll(
  target: Target,
  entries: AsyncIterable<Entry>,
  terms: Terms,
  { tally, report, step, total }: Progress,
): Promise<void> {
  const outcomesOf = sender(target, terms);
  const send = async (batch: Entry[]) => ({ batch, outcomes: await outcomesOf(batch) });
  const sent = pMapIterable(batchesOf(entries, BATCH), send, { concurrency: AT_ONCE });
  for await (const { batch, outcomes } of sent) {
    const remarks: Remark[] = [];
    for (const [at, outcome] of outcomes.entries()) {
      const entry = batch[at];
      if (entry !== undefined) remarks.push(...note(tally, entry, outcome));
    }
    await report.write(remarks);
    step(`${tally.read} of ${total}, ${tally.notTaken} not taken …`);
  }
}

function interrupted(error: unknown, tally: Tally): unknown {
  if (!(error instanceof CommandFailure) || tally.read === 0) return error;
  const so = `After ${countOf(tally.read, 'client')}, ${tally.created} of them created: ${error.message}`;
  return new CommandFailure(error.exitCode, so, `${error.next} ${AGAIN}`, { cause: error });
}

const jsonOf = ({ reasons, first, notTaken, ...tally }: Tally, dryRun: boolean) => ({
  dry_run: dryRun,
  ...tally,
  not_taken: notTaken,
  reasons: Object.fromEntries(reasons),
  first,
});

function print(tally: Tally, { dryRun, report }: Options): void {
  const { read, created, same, notTaken, first } = tally;
  const rows = [
    ['Read', String(read)],
    [dryRun ? 'Would be created' : 'Created', String(created)],
    ['There before', same === 0 ? undefined : String(same)],
    [dryRun ? 'Would not be taken' : 'Not taken', notTaken === 0 ? undefined : String(notTaken)],
  ] as const;
  printTables([rows], '');
  if (notTaken === 0) return;
  process.stdout.write('\n');
  const columns = [
    { head: 'Line', of: ({ line }: Remark) => String(line), align: 'right' } as const,
    { head: 'Client', of: (remark: Remark) => remark.client_id },
    { head: 'Why', of: ({ code, detail }: Remark) => `${code}: ${detail}` },
  ];
  printTable(columns, first, '');
  if (notTaken <= first.length) return;
  const where =
    report === undefined ? 'give --report <file> for all of them' : `all of them are in ${report}`;
  process.stdout.write(`\n… and ${notTaken - first.length} more: ${where}.\n`);
}

function conclude({ created, notTaken }: Tally, { dryRun }: Options): void {
  if (notTaken === 0) return;
  const what = `${countOf(notTaken, 'client')} ${dryRun ? 'would not be' : 'not'} taken, ${created} ${dryRun ? 'would be ' : ''}created.`;
  throw new CommandFailure(
    EXIT.found,
    what,
    'Why stands with each. Change the file or the options, then run it again.',
  );
}
