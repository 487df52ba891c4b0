/** The tokens of a subject: from its records, of no more hours than the page needs. */
import { type Place, placePart } from '../../domain/ledger/grouping.ts';
import { firstHourOf, lastHourOf } from '../../domain/ledger/token-life.ts';
import { counter, forEachFew } from './allowance.ts';
import type { Sources } from './report.ts';
import type { Sheet } from './sheet.ts';

/** Hours that are read at once: each takes a connection per shard, and the client has 50. */
const HOURS_AT_ONCE = 4;

export type TokenReading = ReturnType<typeof tokenReading>;

/**
 * Reads hour after hour, from the first that can have a token of the page. It ends with the last hour that can have
 * one, which is known once the page is full: tokens are in the order of their time, and none outlives a day.
 *
 * @returns the reading of a subject's tokens in these of its hours; how many of them it read
 */
export function tokenReading({ subjects, allowance }: Sources, sheet: Sheet) {
  const { page, query } = sheet;
  const most = counter(allowance.tokenRecords, 'report_too_large');
  let records = 0;

  const readHour = async (sub: string, hour: string): Promise<void> => {
    const part = placePart(sub);
    const span = { ...jtiOf('after', part, query.after), ...jtiOf('through', part, page.bound()) };
    for await (const record of subjects.recordsOf(sub, hour, span)) {
      most();
      sheet.add(record, hour);
      records += 1;
      if (records % allowance.tokenRecordsOfPage === 0) page.halve();
    }
  };

  return async (sub: string, hours: readonly string[]): Promise<number> => {
    const first = firstOf(placePart(sub), query.after);
    const ahead = hours.filter((hour) => hour >= first);
    let read = 0;
    for (let next = 0; next < ahead.length; next += HOURS_AT_ONCE) {
      const few = ahead.slice(next, next + HOURS_AT_ONCE).filter((hour) => !isPast(hour, sub, page.bound()));
      await forEachFew(few, HOURS_AT_ONCE, (hour) => readHour(sub, hour));
      read += few.length;
    }
    return read;
  };
}

const jtiOf = (name: 'after' | 'through', part: string, place: Place | undefined) =>
  place?.[0] === part && place[1] !== undefined ? { [name]: place[1] } : {};

const firstOf = (part: string, after: Place | undefined): string =>
  after?.[0] === part && after[1] !== undefined ? firstHourOf(after[1]) : '';

/** @returns whether an hour is later than all records of the page's tokens. */
function isPast(hour: string, sub: string, bound: Place | undefined): boolean {
  if (bound === undefined) return false;
  const [part = '', jti = ''] = bound;
  if (part !== placePart(sub)) return part < placePart(sub);
  return hour > lastHourOf(jti);
}
