/** The span of time that a report covers, and reading it from a request. */
import * as z from 'zod/mini';
import { fail, ok, type Result } from './result.ts';

/** From and including `from`, up to and not including `to`; milliseconds since the epoch. */
export interface DateRange {
  from: number;
  to: number;
}

export interface RangeFault {
  code: 'invalid_from' | 'invalid_to' | 'range_reversed' | 'range_too_long';
  /** A sentence that quotes nothing. */
  detail: string;
}

const DAY = 24 * 3_600_000;

/**
 * Reads the two ends of a range: both a date (`2026-11-22`, UTC) or both a date-time of RFC 3339. A date as `to`
 * means through the end of that day; a date-time as `to` is itself not included.
 *
 * @param from by default the beginning of the UTC day in which the range ends
 * @param to by default `now`
 * @param now milliseconds since the epoch
 */
export function parseDateRange(
  from: string | undefined,
  to: string | undefined,
  now: number,
): Result<DateRange, RangeFault> {
  const start = from === undefined ? undefined : parseMoment(from);
  const end = to === undefined ? undefined : parseMoment(to);
  if (from !== undefined && start === undefined)
    return fail({ code: 'invalid_from', detail: `from ${FORM}` });
  if (to !== undefined && end === undefined) return fail({ code: 'invalid_to', detail: `to ${FORM}` });
  if (start && end && start.isDay !== end.isDay) {
    return fail({ code: 'invalid_to', detail: 'from and to have to be of the same form' });
  }
  const last = end?.at ?? now;
  const first = start?.at ?? dayOf(last);
  if (first > last) return fail({ code: 'range_reversed', detail: 'from has to be before to' });
  return ok({ from: first, to: end?.isDay ? last + DAY : last });
}

/** @returns why a range is too long, where it has more than so many days */
export const tooLong = ({ from, to }: DateRange, days: number): RangeFault | undefined =>
  to - from <= days * DAY
    ? undefined
    : { code: 'range_too_long', detail: `such a report covers at most ${days} days` };

const FORM = 'has to be a date such as 2026-11-22 or a date-time such as 2026-11-22T09:30:00Z';

const day = z.iso.date();
const instant = z.iso.datetime({ offset: true });

function parseMoment(text: string): { at: number; isDay: boolean } | undefined {
  const isDay = day.safeParse(text).success;
  if (!isDay && !instant.safeParse(text).success) return undefined;
  const at = Date.parse(text);
  // Nothing was booked before; and years below zero have no four digits.
  return at >= 0 ? { at, isDay } : undefined;
}

const dayOf = (at: number): number => Math.floor(at / DAY) * DAY;
