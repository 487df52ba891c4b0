/** What has to be read for a range of time: rows of closed hours where it can be, records where it has to be. */
import type { DateRange } from '../date-range.ts';
import { fail, ok, type Result } from '../result.ts';
import { hourOf } from '../usage.ts';
import { monthOf, startOf } from './closing.ts';

/** Closed hours of one month, both included. */
export interface MonthSpan {
  month: string;
  hours: { from: string; to: string };
}

export interface Span {
  /** Whole closed hours, month by month. */
  closed: readonly MonthSpan[];
  /** Hours of which the records are read, in order: open ones, and closed ones that are not asked for whole. */
  loose: readonly string[];
  /** The last closed hour. */
  closedThrough?: string | undefined;
}

export interface Moment {
  closedThrough?: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** Seconds that records are kept. */
  retention: number;
}

const HOUR = 3_600_000;

/**
 * Hours after now have no records. Of open hours that are older than records are kept, what is left is as good as
 * nothing: they are left out.
 *
 * @returns `not_whole_hours` where part of a closed hour is asked for whose records are not kept any more
 */
export function spanOf(
  range: DateRange,
  { closedThrough, now, retention }: Moment,
): Result<Span, 'not_whole_hours'> {
  const first = Math.floor(range.from / HOUR);
  const end = Math.min(Math.ceil(range.to / HOUR), Math.floor(now / HOUR) + 1);
  const open = closedThrough === undefined ? 0 : startOf(closedThrough) / HOUR + 1;
  const whole = { from: Math.ceil(range.from / HOUR), end: Math.min(Math.floor(range.to / HOUR), open, end) };
  const isWhole = (hour: number): boolean => whole.from <= hour && hour < whole.end;
  const isKept = (hour: number): boolean => hour * HOUR + retention * 1000 > now;

  const partial = [first, end - 1].filter((hour) => first < end && hour < open && !isWhole(hour));
  if (range.from < range.to && !partial.every(isKept)) return fail('not_whole_hours');
  const oldest = Math.floor((now - retention * 1000) / HOUR);
  const opened = integers(Math.max(first, open, oldest), end);
  const loose = range.from < range.to ? [...new Set([...partial, ...opened])] : [];
  return ok({
    closed: monthsOf(whole.from, whole.end),
    loose: loose.sort((a, b) => a - b).map(named),
    closedThrough,
  });
}

function monthsOf(from: number, end: number): MonthSpan[] {
  const spans: MonthSpan[] = [];
  for (let hour = from; hour < end; ) {
    const month = monthOf(named(hour));
    const [year = 0, number = 0] = month.split('-').map(Number);
    const next = Math.min(end, Date.UTC(year, number) / HOUR);
    spans.push({ month, hours: { from: named(hour), to: named(next - 1) } });
    hour = next;
  }
  return spans;
}

const named = (hour: number): string => hourOf(hour * HOUR);

const integers = (from: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
