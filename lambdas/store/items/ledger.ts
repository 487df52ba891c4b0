/** Revocations, issued tokens and usage records: all that is in the ledger. */
import * as z from 'zod/mini';
import { grantTypes } from '../../domain/grant-type.ts';
import type { TokenSpan } from '../../domain/ledger/ports.ts';
import {
  type Revocation,
  type RevocationTarget,
  revocationKinds,
  revocationReasons,
} from '../../domain/revocation.ts';
import type { IssuedToken, TokenEntry, UsageRecord } from '../../domain/usage.ts';
import { hourOf, shardOf } from '../../domain/usage.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text, texts } from './item.ts';

export const revocationKey = (target: RevocationTarget): Key => ({
  pk: key('REVOKED', target.kind, target.id),
  sk: 'REVOKED',
});

export const issuedTokenKey = (jti: string): Key => ({ pk: key('TOKEN', jti), sk: 'ISSUED' });

/** What the tokens of a credential, and those of a transaction, are found by: one item each, beside the token's own. */
export const credentialTokens = (clientId: string, credentialId: string): string =>
  key('CREDENTIAL', clientId, credentialId);
export const transactionTokens = (txn: string): string => key('TXN', txn);
export const tokenSortKey = (jti: string): string => key(jti);

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

/**
 * Between which sort keys the records of one token lie, in each shard; after one of them, where that is given.
 * No key has a `$`, which comes right after the separator.
 */
export const tokenRecordRange = (
  { sub, jti }: Pick<UsageRecord, 'sub' | 'jti'>,
  after?: Pick<UsageRecord, 'at' | 'requestId'>,
): { from: string; to: string } => ({
  from: after === undefined ? `${key(sub, jti)}#` : `${usageKey({ sub, jti, ...after }).sk}\u0000`,
  to: `${key(sub, jti)}$`,
});

const revocationShape = z.object({
  kind: z.enum(revocationKinds),
  id: text,
  issuedBefore: integer,
  expiresAt: integer,
  // They end no token, so whatever stands there must not keep the guard from what does.
  revokedAt: z.catch(z.optional(integer), undefined),
  reason: z.catch(z.optional(z.enum(revocationReasons)), undefined),
});

const entryShape = {
  jti: text,
  iat: integer,
  exp: integer,
  sub: text,
  clientId: text,
  credentialId: text,
  grantType: z.enum([...grantTypes, 'login']),
};

const originShape = z.union([
  z.object({ kind: z.literal('refreshed'), family: text }),
  z.object({ kind: z.literal('exchanged'), jti: text }),
  z.object({ kind: z.literal('federated'), issuer: text, subject: text, jti: z.optional(text) }),
]);

const issuedTokenShape = z.object({
  ...entryShape,
  tenant: z.optional(text),
  scopes: texts,
  txn: text,
  kid: text,
  sourceIp: text,
  origin: z.optional(originShape),
  lineage: z.optional(text),
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
  const { kind, id, revokedAt, reason, ...times } = parse(revocationShape, item);
  return {
    target: { kind, id },
    ...times,
    ...(revokedAt !== undefined && { revokedAt }),
    ...(reason !== undefined && { reason }),
  };
};

/** @param retention seconds that the record is kept from its own time on */
export const usageItem = (record: UsageRecord, retention: number) => ({
  ...usageKey(record),
  ...record,
  [EXPIRES_AT]: Math.ceil(record.at / 1000) + retention,
});
export const parseUsage = (item: unknown): UsageRecord => parse(usageShape, item) as UsageRecord;

/**
 * @param retention seconds that the items are kept from the token's issuance on
 * @returns everything that is kept of an issued token: itself, and one item each in the lists of its credential and of
 *   its transaction. The same token again is the same items.
 */
export function issuedTokenItems(token: IssuedToken, retention: number) {
  const { jti, iat, exp, sub, clientId, credentialId, grantType } = token;
  const entry: TokenEntry = { jti, iat, exp, sub, clientId, credentialId, grantType };
  const expires = { [EXPIRES_AT]: iat + retention };
  return [
    { ...issuedTokenKey(jti), ...token, ...expires },
    { pk: credentialTokens(clientId, credentialId), sk: tokenSortKey(jti), ...entry, ...expires },
    { pk: transactionTokens(token.txn), sk: tokenSortKey(jti), ...entry, ...expires },
  ];
}

export const parseIssuedToken = (item: unknown): IssuedToken => parse(issuedTokenShape, item) as IssuedToken;
export const parseTokenEntry = (item: unknown): TokenEntry => parse(z.object(entryShape), item);
