/** Revocations, issued tokens and usage records: all that is in the ledger. */
import * as z from 'zod/mini';
import type { TokenSpan } from '../../domain/ledger/ports.ts';
import type { Revocation, RevocationTarget } from '../../domain/revocation.ts';
import type { IssuedToken, UsageRecord } from '../../domain/usage.ts';
import { hourOf, shardOf } from '../../domain/usage.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text } from './item.ts';

export const revocationKey = (target: RevocationTarget): Key => ({
  pk: key('REVOKED', target.kind, target.id),
  sk: 'REVOKED',
});

export const issuedTokenKey = (jti: string): Key => ({ pk: key('TOKEN', jti), sk: 'ISSUED' });

/** What the tokens of a credential, and those of a transaction, are found by: one item each, beside the token's own. */
export const credentialTokens = (clientId: string, credentialId: string): string =>
  key('CREDENTIAL', clientId, credentialId);
export const transactionTokens = (txn: string): string => key('TXN', txn);

export const usageKey = (record: Pick<UsageRecord, 'at' | 'requestId' | 'sub' | 'jti'>): Key => ({
  pk: usagePartition(hourOf(record.at), shardOf(record.requestId)),
  sk: key(record.sub, record.jti, new Date(record.at).toISOString(), record.requestId),
});

export const usagePartition = (hour: string, shard: number): string => key('USAGE', hour, String(shard));

/**
 * Between which sort keys the records of a subject's tokens lie: those after one token, through another. `$` is what
 * follows the separator, so it is behind all that begins with what is before it.
 */
export const tokenSortKeys = (sub: string, { after, through }: TokenSpan): { from: string; to: string } => ({
  from: after === undefined ? `${key(sub)}#` : `${key(sub, after)}$`,
  to: through === undefined ? `${key(sub)}$` : `${key(sub, through)}$`,
});

/** What the sort keys of a subject's records begin with. */
export const usageSortPrefix = (sub: string): string => `${key(sub)}#`;

const revocationShape = z.object({
  kind: z.enum(['token', 'client', 'subject', 'tenant', 'credential', 'key']),
  id: text,
  issuedBefore: integer,
  expiresAt: integer,
});

const usageShape = z.object({
  requestId: text,
  at: integer,
  sub: text,
  clientId: text,
  credentialId: text,
  tenant: z.optional(text),
  jti: text,
  txn: text,
  route: text,
  status: integer,
  outcome: z.enum(['admitted', 'refused']),
  price: integer,
  pricedFrom: z.optional(text),
  bytesOut: z.optional(integer),
  latency: integer,
  sourceIp: text,
  bookedBy: z.optional(z.enum(['replay', 'reconciliation'])),
});

export const parseRevocation = (item: unknown): Revocation => {
  const { kind, id, ...times } = parse(revocationShape, item);
  return { target: { kind, id }, ...times };
};

/** @param retention seconds that the record is kept from its own time on */
export const usageItem = (record: UsageRecord, retention: number) => ({
  ...usageKey(record),
  ...record,
  [EXPIRES_AT]: Math.ceil(record.at / 1000) + retention,
});
export const parseUsage = (item: unknown): UsageRecord => parse(usageShape, item) as UsageRecord;

/** @param retention seconds that the item is kept from the token's issuance on */
export const issuedTokenItem = (token: IssuedToken, retention: number) => ({
  ...issuedTokenKey(token.jti),
  ...token,
  [EXPIRES_AT]: token.iat + retention,
});
