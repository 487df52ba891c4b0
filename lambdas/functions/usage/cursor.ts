/** Where the next page begins, as an opaque text. It gives no right: whose calls they are is asked for again. */
import * as z from 'zod/mini';
import type { DateRange } from '../../domain/date-range.ts';
import { parseJsonObject } from '../../domain/json.ts';
import type { GroupBy, Place } from '../../domain/ledger/grouping.ts';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';

export interface Cursor {
  /** What was asked for, so that it continues nothing else. */
  query: string;
  /** What the range of the first page was: one that ends now ends then on each page. */
  range: DateRange;
  after: Place;
}

const time = z.int().check(z.minimum(0), z.maximum(8_640_000_000_000_000));
const shape = z.strictObject({
  query: z.string(),
  range: z.strictObject({ from: time, to: time }),
  after: z.array(z.string()).check(z.minLength(1), z.maxLength(3)),
});

export const formatCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** @returns the cursor, or `undefined` where the text is none, one of another query, or behind no row that there can be */
export function parseCursor(text: string, query: string, by: GroupBy): Cursor | undefined {
  const json = parseJsonObject(Buffer.from(text, 'base64url').toString());
  const cursor = shape.safeParse(json.ok ? json.value : undefined);
  if (!cursor.success || cursor.data.query !== query || !isPlace(cursor.data.after, by)) return undefined;
  return cursor.data.range.from <= cursor.data.range.to ? cursor.data : undefined;
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
