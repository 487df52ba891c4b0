/** `tollgate usage replay`: books what functions could not book, and logged whole instead. */
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { collect } from '../options.ts';
import { countOf, printJson, printTables, progress } from '../output.ts';
import { findTarget, type Target } from '../target.ts';
import { batchesOf } from '../usage/batches.ts';
import { BATCH, type BookingResult, missingOf, postRecords } from '../usage/bookkeeping.ts';
import { type LogOptions, logLines } from '../usage/log-lines.ts';
import { type Period, type PeriodOptions, periodOf, periodText, withPeriod } from '../usage/period.ts';
import { interrupted, isClean, newTally, note, rowsOf, type Tally } from '../usage/tally.ts';
import { parseUnbooked, UNBOOKED, type Unbooked } from '../usage/unbooked-lines.ts';

/** Adds the verb to `tollgate usage`. */
export function addUsageReplay(usage: Command): void {
  const verb = usage
    .command('replay')
    .description(
      'book the calls whose record could not be written, from the lines in the log that have it whole',
    );
  withPeriod(verb, '24h')
    .option(
      '--file <file>',
      'saved log lines in place of the log, - for the standard input; repeatable',
      collect,
    )
    .option('--dry-run', 'say what is missing, and book nothing')
    .option('--json', 'print what became of it as JSON, and nothing else')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => replay(command.optsWithGlobals<Options>()));
  withExitCodes(verb, {
    done: 'all that was found is booked now, or was before',
    refused: 'refused by the server, or by AWS',
    found:
      'done, and some lines could not be booked: cut, refused, or other than the record that is there; with --dry-run also where calls have no record',
  });
}

const HELP = `
It looks for lines with ${UNBOOKED} of calls in the period; with --file, of all times. A record that is there
is left as it is, so running it again, or after it was interrupted, does no harm.

Examples:
  $ npx tollgate usage replay --stack Tollgate-dev
  $ npx tollgate usage replay --stack Tollgate-dev --from 2026-11-20 --to 2026-11-21 --dry-run
  $ npx tollgate usage replay --local --file saved.log`;

interface Options extends LogOptions, PeriodOptions {
  dryRun?: boolean;
  json?: boolean;
}

const HELP_OF = 'usage replay';

async function replay(options: Options): Promise<void> {
  const { json, dryRun = false } = options;
  const now = Date.now();
  const target = await findTarget(options);
  const always = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const period = periodOf(options, now, options.file === undefined ? { from: now - DAY, to: now } : always);
  const tally = newTally();
  const step = progress();
  try {
    for await (const batch of batchesOf(unbooked(target, options, period, tally), BATCH)) {
      const results = await (dryRun ? lookUp : book)(target, batch);
      for (const [index, { record }] of batch.entries())
        note(tally, record.requestId, results[index] ?? LOST);
      step(`${countOf(tally.found, 'line')}, ${tally.booked} ${dryRun ? 'without a record' : 'booked'} …`);
    }
  } catch (error) {
    throw interrupted(error, tally);
  }
  step();
  if (json) printJson(jsonOf(tally, dryRun));
  else print(tally, period, options);
  conclude(tally, options);
}

function conclude(tally: Tally, options: Options): void {
  if (!isClean(tally)) {
    throw new CommandFailure(
      EXIT.found,
      'Not every line could be booked.',
      'What is wrong stands with each. Where a line was cut, `tollgate usage reconcile` may know the call.',
    );
  }
  if (options.dryRun !== true || tally.booked === 0) return;
  const what = `Nothing was booked: ${countOf(tally.booked, 'call')} without a record.`;
  throw new CommandFailure(EXIT.found, what, 'Run it again without --dry-run: that books them.');
}

/** In a dry run that which would be booked is missing. */
const jsonOf = ({ booked, ...tally }: Tally, dryRun: boolean) =>
  dryRun ? { dry_run: true, missing: booked, ...tally } : { dry_run: false, booked, ...tally };

const DAY = 86_400_000;

const LOST: BookingResult = { outcome: 'refused', code: 'no_result' };

async function* unbooked(
  target: Target,
  options: Options,
  period: Period,
  tally: Tally,
): AsyncGenerator<Unbooked> {
  for await (const { text, where } of logLines(
    target,
    options,
    { of: 'functions', word: UNBOOKED },
    period,
  )) {
    const line = parseUnbooked(text);
    if (line === 'unreadable') tally.unreadable.push({ of: where, why: 'the line is cut or damaged' });
    else if (line !== undefined && line.record.at >= period.from && line.record.at < period.to) yield line;
  }
}

const book = (target: Target, batch: readonly Unbooked[]): Promise<BookingResult[]> =>
  postRecords(target, HELP_OF, batch, 'replay');

/** What would be booked, if all of it is what it says. */
async function lookUp(target: Target, batch: readonly Unbooked[]): Promise<BookingResult[]> {
  const calls = batch.map(({ record: { requestId, at, sub, jti } }) => ({
    request_id: requestId,
    at,
    sub,
    jti,
  }));
  const missing = await missingOf(target, HELP_OF, calls);
  return batch.map(({ record: { requestId, price } }) => ({
    outcome: missing.has(requestId) ? 'booked' : 'already_booked',
    price_micro_dollars: price,
  }));
}

function print(tally: Tally, period: Period, { file, dryRun }: Options): void {
  const where = file === undefined ? `of ${periodText(period)}` : `in ${file.join(', ')}`;
  process.stdout.write(`${countOf(tally.found, 'call')} ${where} logged as not booked.\n`);
  if (tally.found === 0 && isClean(tally)) return;
  const rows = rowsOf(tally).map(
    ([name, value]) => [name === 'Booked' && dryRun ? 'Missing' : name, value] as const,
  );
  process.stdout.write('\n');
  printTables([rows], '');
}
