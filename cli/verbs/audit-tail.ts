/** `tollgate audit tail`: who changed what (`GET /admin/audit`), the latest last. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type Filters, lineOf, readTrail } from '../audit.ts';
import { follow } from '../audit-follow.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { duration } from '../options.ts';
import { coloursOf } from '../output.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate audit`. */
export function addAuditTail(audit: Command): void {
  audit
    .command('tail')
    .description('the changes of operators, the latest last')
    .addOption(
      new Option('--since <duration>', 'how far back: 90m, 24h, 7d').argParser(duration).default(DAY, '24h'),
    )
    .option('--follow', 'and go on with what is changed from now on, until Ctrl-C')
    .option('--operator <text>', 'only of operators whose ARN has this in it')
    .option('--action <action>', 'only this action, such as client.disable, or all of a noun, such as client')
    .option('--target <id>', 'only what was done to this id; or kind:id, such as client:reader')
    .option('--json', 'print each change as JSON on a line of its own, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => tail(command.optsWithGlobals<Options>()));
}

const DAY = 86_400;

const EXAMPLES = `
Each change is in the trail before it is made: done, refused, failed (it may have been done in part), or unknown where
the end of the request was never written. It is kept for 400 days.

Examples:
  $ npx tollgate audit tail --local
  $ npx tollgate audit tail --stack Tollgate-prod --follow --since 1h
  $ npx tollgate audit tail --stack Tollgate-prod --since 30d --action client --target client:reader --json`;

interface Options extends TargetOptions, Omit<Filters, 'target'> {
  since: number;
  follow?: boolean;
  target?: string;
  json?: boolean;
}

async function tail(options: Options): Promise<void> {
  const target = await findTarget(options);
  const from = Math.max(0, Date.now() - options.since * 1000);
  const show = (record: Parameters<typeof lineOf>[0]): void => {
    process.stdout.write(`${options.json ? JSON.stringify(record) : lineOf(record)}\n`);
  };
  if (options.follow) return followed(options, target, from, show);
  const { records } = await readTrail(target, filtersOf(options), from);
  if (records.length === 0 && !options.json) process.stdout.write('Nothing was changed.\n');
  for (const record of records) show(record);
}

const filtersOf = ({ operator, action, target }: Options): Filters => ({
  ...(operator !== undefined && { operator }),
  ...(action !== undefined && { action }),
  ...(target !== undefined && { target }),
});

/** Milliseconds between two looks. */
const EVERY = 3_000;

/** Ctrl-C is how it is meant to end. */
async function followed(
  options: Options,
  first: Target,
  from: number,
  show: Parameters<typeof follow>[0]['show'],
): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const end = (): void => ending.abort();
  const { dim } = coloursOf(process.stderr);
  process.once('SIGINT', end);
  let target = first;
  const read = async (start: number) => {
    try {
      return await readTrail(target, filtersOf(options), start, signal);
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.refused || error.again) throw error;
      // AWS credentials are good for some hours, and are looked for again once they are not.
      target = await findTarget(options);
      return readTrail(target, filtersOf(options), start, signal);
    }
  };
  const say = (text: string): void => {
    if (!signal.aborted) process.stderr.write(`${dim(text)}\n`);
  };
  const pause = async (): Promise<boolean> => {
    await wait(EVERY, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };
  try {
    await follow({ read, show, say, pause }, from);
  } finally {
    process.off('SIGINT', end);
  }
}
