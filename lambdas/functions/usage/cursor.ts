/** What the cursor of a report holds. It gives no right: whose calls they are is asked for again. */
import * as z from 'zod/mini';
import type { GroupBy, Place } from '../../domain/ledger/grouping.ts';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';
import type { ReportQuery } from './sheet.ts';

/** The range is that of the first page: one that ends now ends then on each page. */
export type Position = Required<Pick<ReportQuery, 'range' | 'after'>>;

const time = z.int().check(z.minimum(0), z.maximum(8_640_000_000_000_000));
const shape = z.strictObject({
  range: z.strictObject({ from: time, to: time }),
  after: z.array(z.string()).check(z.minLength(1), z.maxLength(3)),
});

/** @returns the position, or `undefined` where it is none, or behind no row that there can be */
export function parsePosition(given: unknown, by: GroupBy): Position | undefined {
  const position = shape.safeParse(given);
  if (!position.success || !isPlace(position.data.after, by)) return undefined;
  return position.data.range.from <= position.data.range.to ? position.data : undefined;
}

/** Subjects and tokens are looked for by their keys, so it has to be one that can be. */
function isPlace([first = '', second = '']: Place, by: GroupBy): boolean {
  if (!isPart(first) || (first === '' && by !== 'tenant')) return false;
  return fitsSortKey(decodeURIComponent(first), ...(by === 'token' ? [second] : []));
}

/** The first part of a place is percent-encoded. */
function isPart(text: string): boolean {
  try {
    return encodeURIComponent(decodeURIComponent(text)) === text;
  } catch {
    return false;
  }
}
