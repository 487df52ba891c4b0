/** How far hours are closed, the chain of the closed ones, and those that have to be closed again. In the ledger. */
import * as z from 'zod/mini';
import type { ClosingState, Link } from '../../domain/ledger/closing.ts';
import { integer, type Key, key, parse, text } from './item.ts';

export const CLOSING_STATE: Key = { pk: 'CLOSING', sk: 'STATE' };

/** One partition: the chain is read in its order, and grows by one link an hour. */
export const CHAIN = 'CHAIN';
export const linkKey = (seq: number): Key => ({ pk: CHAIN, sk: String(seq).padStart(10, '0') });

/** The link that counts for an hour, once more, to be found by the hour. */
export const hourKey = (hour: string): Key => ({ pk: key('HOUR', hour), sk: 'CLOSED' });

/** One partition: few hours are late at a time, and each run lists them. */
export const LATE = 'LATE';
export const lateKey = (hour: string): Key => ({ pk: LATE, sk: hour });

const stateShape = z.object({
  generation: integer,
  closedThrough: z.optional(text),
  checkedThrough: z.optional(text),
  busyUntil: z.optional(integer),
});

const linkShape = z.object({
  seq: integer,
  hour: text,
  generation: integer,
  digest: text,
  records: integer,
  cost: integer,
  previous: text,
  hash: text,
  at: integer,
});

export const parseClosingState = (item: unknown): ClosingState => parse(stateShape, item) as ClosingState;

export const linkItem = (link: Link) => ({ ...linkKey(link.seq), ...link });
export const hourItem = (link: Link) => ({ ...hourKey(link.hour), ...link });
export const parseLink = (item: unknown): Link => parse(linkShape, item);

export const lateItem = (hour: string, mark: string) => ({ ...lateKey(hour), hour, mark });
export const parseLate = (item: unknown): { hour: string; mark: string } =>
  parse(z.object({ hour: text, mark: text }), item);
