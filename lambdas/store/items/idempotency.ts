/** Requests that may be sent again. In the directory; each for a day. */
import * as z from 'zod/mini';
import { EXPIRES_AT, integer, type Key, key, parse, text } from './item.ts';

/** @param request the hash of its key: whoever reads the table does not learn the key */
export const idempotencyKey = (request: string): Key => ({
  pk: key('IDEMPOTENCY', request),
  sk: 'IDEMPOTENCY',
});

const shape = z.object({
  fingerprint: text,
  salt: text,
  at: integer,
  of: z.optional(text),
  spent: z.optional(z.boolean()),
  [EXPIRES_AT]: integer,
});

export type IdempotencyItem = Omit<z.output<typeof shape>, typeof EXPIRES_AT>;

/** @param until seconds since the epoch */
export const idempotencyItem = (request: string, item: IdempotencyItem, until: number) => ({
  ...idempotencyKey(request),
  ...item,
  [EXPIRES_AT]: until,
});

export const parseIdempotency = (item: unknown) => parse(shape, item);
