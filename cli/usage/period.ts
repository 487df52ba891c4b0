/** The period that a verb of `tollgate usage` looks at, as its options say it. */
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { CommandFailure, EXIT } from '../failure.ts';
import { duration } from '../options.ts';

/** From and including `from`, up to and not including `to`; milliseconds since the epoch. */
export interface Period {
  from: number;
  to: number;
}

export interface PeriodOptions {
  /** Seconds. */
  since?: number;
  from?: Moment;
  to?: Moment;
}

/** A time, or a whole day in UTC. */
interface Moment {
  at: number;
  isDay: boolean;
}

const DAY = 86_400_000;

/** Adds `--from` and `--to`, and `--since` where there is one by default. */
export function withPeriod(verb: Command, since?: string): Command {
  if (since !== undefined) {
    verb.option('--since <duration>', `how far back: 90m, 24h, 7d; by default ${since}`, duration);
  }
  return verb
    .option('--from <time>', 'from this day or time on, such as 2026-11-01 or 2026-11-01T09:30:00Z', moment)
    .option('--to <time>', 'up to the end of this day, or up to this time', moment);
}

/**
 * @param before what is looked at where nothing is said
 * @throws {CommandFailure} `usage` where it is no period
 */
export function periodOf({ since, from, to }: PeriodOptions, now: number, before: Period): Period {
  if (since !== undefined && from !== undefined) {
    throw usage('--since and --from were both given.', 'Give one of them.');
  }
  const end = to === undefined ? before.to : to.at + (to.isDay ? DAY : 0);
  const start = since === undefined ? (from?.at ?? before.from) : now - since * 1000;
  if (start < end) return { from: start, to: end };
  throw usage('The period ends before it begins.', 'Give a --from that is before --to.');
}

/** @returns the period as a person reads it. */
export const periodText = ({ from, to }: Period): string => `${instant(from)} to ${instant(to)}`;

const instant = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

const day = z.iso.date();
const time = z.iso.datetime({ offset: true });

function moment(text: string): Moment {
  const isDay = day.safeParse(text).success;
  if (isDay || time.safeParse(text).success) return { at: Date.parse(text), isDay };
  throw new InvalidArgumentError(
    'It has to be a day such as 2026-11-01, or a time such as 2026-11-01T09:30:00Z.',
  );
}

const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
