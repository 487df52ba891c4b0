/** Which hours there are to close, and to look at again. */

import { hourOf } from '../usage.ts';
import { type ClosingState, hourAfter, hourBefore, lastClosable, SECOND_LOOK, startOf } from './closing.ts';

const HOUR = 3_600_000;

/**
 * How far before the first run ever the hours begin that are closed, in milliseconds: a deployment that had no closing
 * until now goes on to have a day that it can be sure of.
 */
const FIRST_REACH = 24 * HOUR;

/** @returns the hour before the first that is ever closed. */
export const eve = ({ checkedThrough }: ClosingState, now: number): string =>
  checkedThrough ?? hourBefore(hourOf(now - FIRST_REACH));

/** @returns the hours that are due at `now` (ms) and not closed, in order. */
export const dueHours = (state: ClosingState, now: number): string[] =>
  hoursBetween(state.closedThrough ?? eve(state, now), lastClosable(now));

/** @returns the closed hours that are to be looked at once more at `now` (ms), in order. */
export function secondLooks({ closedThrough, checkedThrough }: ClosingState, now: number): string[] {
  if (closedThrough === undefined || checkedThrough === undefined) return [];
  const settled = hourBefore(hourOf(now - SECOND_LOOK));
  return hoursBetween(checkedThrough, settled < closedThrough ? settled : closedThrough);
}

/**
 * @param retention seconds that records are kept
 * @returns whether all records of an hour are certain to be there for an hour more: if not, counting them anew would
 *   lose those that have expired
 */
export const isWhole = (hour: string, now: number, retention: number): boolean =>
  startOf(hour) + retention * 1000 > now + HOUR;

/** @returns the hours after one, up to and with another. */
export function hoursBetween(after: string, last: string): string[] {
  const count = Math.max(0, (startOf(last) - startOf(after)) / HOUR);
  const hours: string[] = [];
  for (let hour = hourAfter(after); hours.length < count; hour = hourAfter(hour)) hours.push(hour);
  return hours;
}
