/** Sessions of refresh tokens. In the directory. */
import * as z from 'zod/mini';
import type { RefreshFamily } from '../../domain/refresh-family.ts';
import { MAX_TOKEN_LIFETIME, REVOCATION_MARGIN } from '../../domain/revocation.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text, texts } from './item.ts';

/** @param lookup see {@link RefreshFamily}; no part of a token */
export const familyKey = (lookup: string): Key => ({ pk: key('REFRESH', lookup), sk: 'FAMILY' });

const familyShape = z.object({
  lookup: text,
  familyId: text,
  clientId: text,
  credentialId: text,
  credentialCreatedAt: integer,
  tenant: z.optional(text),
  granted: z.object({ scopes: texts, claims: z.record(text, text), lifetime: integer }),
  txn: text,
  startedAt: integer,
  endsAt: integer,
  idle: integer,
  endedAt: z.optional(integer),
  current: text,
  idleUntil: integer,
  rotation: z.optional(z.object({ previous: text, salt: text, at: integer })),
});

export const familyItem = (family: RefreshFamily) => ({
  ...familyKey(family.lookup),
  ...family,
  [EXPIRES_AT]: familyExpiry(family.idleUntil),
});

/**
 * @returns the time to live of a family whose token lapses at `idleUntil` (ms): as long as an access token that was
 *   issued with it can live, and an hour more, clocks differ. Until then there is something that a revocation, or a
 *   token that is used twice, has to end.
 */
export const familyExpiry = (idleUntil: number): number =>
  Math.ceil(idleUntil / 1000) + MAX_TOKEN_LIFETIME + REVOCATION_MARGIN;

export const parseFamily = (item: unknown): RefreshFamily => parse(familyShape, item) as RefreshFamily;
