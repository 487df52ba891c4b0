/** `tollgate usage verify`: proves that closed hours are what they were when they were closed. */
import { type Command, InvalidArgumentError } from 'commander';
import pMap from 'p-map';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { coloursOf, countOf, printJson, printTables, progress } from '../output.ts';
import { findTarget, sameTarget, type Target, type TargetOptions } from '../target.ts';
import { countHour, type ListedChain, listChain } from '../usage/bookkeeping.ts';
import { type ExaminedChain, examineChain, type Fault, type Link, startOf } from '../usage/chain.ts';
import { type Verdict, verdictOn } from '../usage/hours.ts';
import { dollars } from '../usage/money.ts';
import { type Period, type PeriodOptions, periodOf, withPeriod } from '../usage/period.ts';

/** Adds the verb to `tollgate usage`. */
export function addUsageVerify(usage: Command): void {
  const verb = usage
    .command('verify')
    .description('prove that the records of closed hours are what they were when they were closed');
  withPeriod(verb)
    .option('--head <seq:hash>', 'that the chain still has this link, which you noted earlier', noted)
    .option('--json', 'print what was found as JSON, and nothing else')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => verify(command.optsWithGlobals<Options>()));
  withExitCodes(verb, {
    done: 'it verifies',
    found: 'it does not verify: something was changed, removed or added, or could not be counted',
  });
}

const HELP = `
It looks at the whole chain, and counts each closed hour of the period anew; by default every hour whose records
have not expired. Note the head that it prints where nobody who can write the table can change it: the next time,
--head proves that nothing up to there was rewritten. docs/ledger-integrity.md says what this proves and what not.

Examples:
  $ npx tollgate usage verify --stack Tollgate-prod --from 2026-11-01 --to 2026-11-30
  $ npx tollgate usage verify --stack Tollgate-prod --head 812:9c1e…`;

interface Options extends TargetOptions, PeriodOptions {
  head?: NotedHead;
  json?: boolean;
}

/** A link that somebody noted. */
type NotedHead = Pick<Link, 'seq' | 'hash'>;

/** How many hours are counted at once: each reads all its records. */
const AT_ONCE = 4;

async function verify(options: Options): Promise<void> {
  const target = await findTarget(options);
  const period = periodOf(options, Date.now(), { from: 0, to: Number.MAX_SAFE_INTEGER });
  const step = progress();
  step('Reading the chain …');
  const listed = await listChain(target, HELP_OF);
  const found = await examine(target, listed, period, options.head, step);
  step();
  if (options.json) printJson(jsonOf(found));
  else print(found, options);
  conclude(found);
}

const HELP_OF = 'usage verify';

interface Found {
  chain: ExaminedChain;
  links: number;
  /** The hours of the period, and what became of each. */
  hours: { link: Link; verdict: Verdict }[];
  faults: Fault[];
}

async function examine(
  target: Target,
  listed: ListedChain,
  period: Period,
  head: NotedHead | undefined,
  step: (line?: string) => void,
): Promise<Found> {
  const hours = await countAll(target, listed.links, period, step);
  const newer = await listChain(target, HELP_OF, listed.links.at(-1)?.seq ?? 0);
  const links = [...listed.links, ...newer.links];
  const chain = examineChain(links);
  // Hours that were closed again meanwhile are compared with what counts now.
  const settled = await pMap(hours, async ({ link, verdict }) => {
    const current = chain.counting.get(link.hour) ?? link;
    if (current === link) return { link, verdict };
    return { link: current, verdict: verdictOn(current, await countHour(target, HELP_OF, link.hour)) };
  });
  const faults = [
    ...chain.faults,
    ...endFaults(chain, listed.closedThrough),
    ...(head === undefined ? [] : headFaults(links, head)),
    ...settled.flatMap(({ verdict }) => (verdict.kind === 'fault' ? [verdict.fault] : [])),
  ];
  return { chain, links: links.length, hours: settled, faults };
}

async function countAll(
  target: Target,
  links: readonly Link[],
  { from, to }: Period,
  step: (line?: string) => void,
): Promise<Found['hours']> {
  const { counting } = examineChain(links);
  const due = [...counting.values()].filter(({ hour }) => startOf(hour) >= from && startOf(hour) < to);
  let done = 0;
  let expired = '';
  const count = async (link: Link): Promise<Verdict> => {
    // The latest first: before an hour whose records have expired there is none that has any.
    if (link.hour <= expired) return { kind: 'expired' };
    const verdict = verdictOn(link, await countHour(target, HELP_OF, link.hour));
    if (verdict.kind === 'expired' && link.hour > expired) expired = link.hour;
    return verdict;
  };
  const hours = await pMap(
    due.reverse(),
    async (link) => {
      const verdict = await count(link);
      done += 1;
      step(`Counting ${link.hour}, ${done} of ${due.length} hours …`);
      return { link, verdict };
    },
    { concurrency: AT_ONCE },
  );
  return hours.reverse();
}

/** The state says how far hours are closed: a chain that ends before lost its end. */
function endFaults({ counting }: ExaminedChain, closedThrough: string | undefined): Fault[] {
  const last = [...counting.keys()].at(-1);
  if (closedThrough === undefined || (last !== undefined && last >= closedThrough)) return [];
  const end = last === undefined ? 'is empty' : `ends with ${last}`;
  return [{ kind: 'chain', where: 'the chain', says: `${end}, but hours are closed up to ${closedThrough}` }];
}

function headFaults(links: readonly Link[], { seq, hash }: NotedHead): Fault[] {
  const link = links.find((one) => one.seq === seq);
  if (link?.hash === hash) return [];
  const says =
    link === undefined ? 'is gone' : 'is another one now: the chain was rewritten up to there or further';
  return [{ kind: 'chain', where: `link ${seq}, as it was noted,`, says }];
}

const withVerdict = ({ hours }: Found, kind: Verdict['kind']) =>
  hours.filter(({ verdict }) => verdict.kind === kind);

const headText = ({ chain: { head } }: Found): string | undefined =>
  head === undefined ? undefined : `${head.seq}:${head.hash}`;

function print(found: Found, options: Options): void {
  const colours = coloursOf(process.stdout);
  const proven = withVerdict(found, 'as_closed');
  const sum = (name: 'records' | 'cost') => proven.reduce((total, { link }) => total + link[name], 0);
  const [first, last] = [found.hours.at(0)?.link.hour, found.hours.at(-1)?.link.hour];
  const isProven = isVerified(found);
  process.stdout.write(`${colours.bold(titleOf(found, colours))}\n`);
  if (found.links === 0 && isProven) return;
  process.stdout.write('\n');
  const rows = [
    ['Chain', `${countOf(found.links, 'link')} for ${countOf(found.chain.counting.size, 'hour')}`],
    ['Hours', first === undefined ? 'none that are closed' : first === last ? first : `${first} to ${last}`],
    [
      'As they were closed',
      `${countOf(proven.length, 'hour')}, ${countOf(sum('records'), 'record')}, ${dollars(sum('cost'))}`,
    ],
    ['By the chain alone', numberOf(withVerdict(found, 'expired').length, 'their records have expired')],
    ['Added to just now', numberOf(withVerdict(found, 'late').length, 'run it again in ten minutes')],
    ['Closed again', numberOf(found.chain.amended, 'with what was booked late')],
    ['Head', headText(found)],
  ] as const;
  printTables(
    [rows, ...found.faults.map(({ where, says }) => [['✗', printable(`${where} ${says}`)] as const])],
    '',
  );
  const head = headText(found);
  if (!isProven || head === undefined) return;
  process.stdout.write(
    `\nNote the head where nobody who can write the table can change it. Later,\n\n` +
      `  npx tollgate usage verify ${sameTarget(options)} --head ${head}\n\nproves that nothing up to there was rewritten.\n`,
  );
}

function titleOf(found: Found, { green, red, yellow }: ReturnType<typeof coloursOf>): string {
  if (found.faults.length > 0) return red('The ledger does not verify.');
  if (!isVerified(found)) return yellow('The ledger does not verify yet.');
  if (found.links === 0) return green('No hour is closed yet: there is nothing to verify.');
  if (found.hours.length > 0) return green('The ledger verifies.');
  return yellow('The chain verifies. The period has no closed hour, so no record was counted.');
}

const numberOf = (count: number, why: string): string | undefined =>
  count === 0 ? undefined : `${countOf(count, 'hour')}: ${why}`;

const isVerified = (found: Found): boolean =>
  found.faults.length === 0 && withVerdict(found, 'late').length === 0;

const jsonOf = (found: Found) => ({
  verifies: isVerified(found),
  head: headText(found) ?? null,
  links: found.links,
  hours: found.hours.map(({ link: { hour, records, cost }, verdict }) => ({
    ...{ hour, records, cost_micro_dollars: cost, verdict: verdict.kind },
  })),
  faults: found.faults,
});

function conclude(found: Found): void {
  if (isVerified(found)) return;
  const what =
    found.faults.length === 0
      ? 'Something was booked late, and is not closed yet.'
      : `${countOf(found.faults.length, 'fault')}: something was changed, removed or added, or could not be counted.`;
  const next =
    found.faults.length === 0
      ? 'Run it again in ten minutes.'
      : 'See docs/ledger-integrity.md, and who could write the table: its point-in-time recovery has what it was.';
  throw new CommandFailure(EXIT.found, what, next);
}

function noted(text: string): NotedHead {
  const [, seq, hash] = /^(\d{1,10}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new InvalidArgumentError('It has to be the head as it was printed, <number>:<hash>.');
}
