/** `tollgate usage reconcile`: compares what the gateway let through with what was booked. */
import type { Command } from 'commander';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { collect } from '../options.ts';
import { countOf, printJson, printTables, progress, type Row } from '../output.ts';
import { findTarget, type Target } from '../target.ts';
import { parseAccess, type SeenCall } from '../usage/access-lines.ts';
import { batchesOf } from '../usage/batches.ts';
import { BATCH, missingOf, postRecords } from '../usage/bookkeeping.ts';
import { type LogOptions, logLines } from '../usage/log-lines.ts';
import { type Period, type PeriodOptions, periodOf, periodText, withPeriod } from '../usage/period.ts';
import { interrupted, isClean, newTally, note, rowsOf, type Tally } from '../usage/tally.ts';

/** Adds the verb to `tollgate usage`. */
export function addUsageReconcile(usage: Command): void {
  const verb = usage
    .command('reconcile')
    .description("find calls that reached their function and have no record, by the gateway's access log");
  withPeriod(verb, '24h')
    .option(
      '--file <file>',
      'saved lines in place of the access log, - for the standard input; repeatable',
      collect,
    )
    .option('--book', 'book those that have none')
    .option('--json', 'print what was found as JSON, and nothing else')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => reconcile(command.optsWithGlobals<Options>()));
  withExitCodes(verb, {
    done: 'every call has a record, or was given one',
    refused: 'refused by the server, or by AWS',
    found: 'calls have no record, or lines could not be read',
  });
}

const HELP = `
Run \`tollgate usage replay\` first: what a function has logged whole says more than the access log. What is booked
here costs what its route cost at its time; nothing where it ended with 5xx, such as a function that ran out of time,
or with 401 or 403, which is how the guard refuses. Calls of the last ten minutes are left alone, unless --to or
--file says otherwise: they may be under way.

Examples:
  $ npx tollgate usage reconcile --stack Tollgate-dev
  $ npx tollgate usage reconcile --stack Tollgate-dev --since 7d --book`;

interface Options extends LogOptions, PeriodOptions {
  book?: boolean;
  json?: boolean;
}

const HELP_OF = 'usage reconcile';
const DAY = 86_400_000;
const UNDER_WAY = 10 * 60_000;

/** What was compared. */
interface Compared {
  /** Calls that reached a protected function. */
  calls: number;
  missing: SeenCall[];
  tally: Tally;
}

async function reconcile(options: Options): Promise<void> {
  const now = Date.now();
  const target = await findTarget(options);
  const settled = { from: now - DAY, to: now - UNDER_WAY };
  const always = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const period = periodOf(options, now, options.file === undefined ? settled : always);
  const compared: Compared = { calls: 0, missing: [], tally: newTally() };
  const step = progress();
  try {
    for await (const batch of batchesOf(callsIn(target, options, period, compared.tally), BATCH)) {
      await compare(target, batch, options.book === true, compared);
      step(`${countOf(compared.calls, 'call')}, ${compared.missing.length} without a record …`);
    }
  } catch (error) {
    throw interrupted(error, { ...compared.tally, found: compared.calls });
  }
  step();
  if (options.json) printJson(jsonOf(compared));
  else print(compared, period, options);
  conclude(compared, options);
}

async function* callsIn(
  target: Target,
  options: Options,
  { from, to }: Period,
  tally: Tally,
): AsyncGenerator<SeenCall> {
  for await (const { text, where } of logLines(target, options, { of: 'gateway' }, { from, to })) {
    const line = parseAccess(text);
    if (line.kind === 'unreadable') tally.unreadable.push({ of: where, why: line.why });
    if (line.kind === 'call' && line.call.at >= from && line.call.at < to) yield line.call;
  }
}

async function compare(
  target: Target,
  batch: readonly SeenCall[],
  isBooked: boolean,
  compared: Compared,
): Promise<void> {
  compared.calls += batch.length;
  const references = batch.map(({ requestId, at, sub, jti }) => ({ request_id: requestId, at, sub, jti }));
  const ids = await missingOf(target, HELP_OF, references);
  const missing = batch.filter(({ requestId }) => ids.has(requestId));
  compared.missing.push(...missing);
  if (!isBooked || missing.length === 0) return;
  const records = missing.map((record) => ({ record }));
  const results = await postRecords(target, HELP_OF, records, 'reconciliation');
  for (const [index, result] of results.entries())
    note(compared.tally, missing[index]?.requestId ?? '', result);
}

/** How many are told one by one; all of them are in the JSON. */
const SHOWN = 20;

function print({ calls, missing, tally }: Compared, period: Period, { book, file, to }: Options): void {
  const where = file === undefined ? `of ${periodText(period)}` : `in ${file.join(', ')}`;
  process.stdout.write(
    `${countOf(calls, 'call')} ${where} reached a protected function, ${missing.length} without a record.\n`,
  );
  if (file === undefined && to === undefined) {
    process.stdout.write('Those of the last ten minutes were left alone: they may be under way.\n');
  }
  const listed = missing.slice(0, SHOWN).map(rowOf);
  const more: Row[] =
    missing.length > SHOWN ? [['', `and ${missing.length - SHOWN} more; --json has them all`]] : [];
  const counted = book ? rowsOf(tally) : rowsOf(tally).filter(([name]) => name === 'Unreadable');
  const tables = [[...listed, ...more], counted].filter((rows) => rows.length > 0);
  if (tables.length === 0 || (missing.length === 0 && isClean(tally))) return;
  process.stdout.write('\n');
  printTables(tables, '');
}

const rowOf = ({ requestId, at, sub, route, status }: SeenCall): Row => [
  new Date(at).toISOString(),
  printable(`${status} ${route}, ${sub}, ${requestId}`),
];

/** In the words of `GET /usage/tokens/{jti}`. */
const shown = ({ at, route, status, sub, jti, txn, ...call }: SeenCall) => ({
  at: new Date(at).toISOString(),
  ...{ route, status, sub, client_id: call.clientId, credential_id: call.credentialId },
  ...(call.tenant !== undefined && { tenant: call.tenant }),
  ...{ jti, txn, latency_ms: call.latency, source_ip: call.sourceIp, request_id: call.requestId },
  ...(call.bytesOut !== undefined && { bytes_out: call.bytesOut }),
});

const jsonOf = ({ calls, missing, tally: { found: _, ...tally } }: Compared) => ({
  calls,
  missing: missing.map(shown),
  ...tally,
});

function conclude({ missing, tally }: Compared, { book }: Options): void {
  if (missing.length > 0 && book !== true) {
    const next = 'Run `tollgate usage replay` first, then this again with --book.';
    throw new CommandFailure(EXIT.found, `${countOf(missing.length, 'call')} without a record.`, next);
  }
  if (isClean(tally)) return;
  throw new CommandFailure(
    EXIT.found,
    'Not everything could be compared or booked.',
    'What is wrong stands with each.',
  );
}
