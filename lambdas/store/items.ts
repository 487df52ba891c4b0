/**
 * Every key and shape in the two tables; `docs/data-model.md` explains them. What is read is parsed: an item
 * that has not the shape throws with its key, it never counts as absent.
 *
 * Ids are percent-encoded inside keys, so that no id can hold the separator.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Client, Credential } from '../domain/client.ts';
import { grantTypes } from '../domain/grant-type.ts';
import type { FailedAttempts } from '../domain/ports.ts';
import type { RefreshFamily } from '../domain/refresh-family.ts';
import type { Revocation, RevocationTarget } from '../domain/revocation.ts';
import type { TrustedIssuer } from '../domain/trust/trusted-issuer.ts';
import type { IssuedToken, UsageRecord } from '../domain/usage.ts';
import { hourOf, shardOf } from '../domain/usage.ts';

/** The key of an item in either table. */
export interface Key extends Record<string, string> {
  pk: string;
  sk: string;
}

/** Attribute of the time to live, in seconds since the epoch. */
export const EXPIRES_AT = 'expiresAt';

const key = (...parts: string[]): string => parts.map(encodeURIComponent).join('#');

/* Directory */

export const clientKey = (clientId: string): Key => ({ pk: key('CLIENT', clientId), sk: 'CLIENT' });

export const credentialKey = (clientId: string, credentialId: string): Key => ({
  pk: key('CLIENT', clientId),
  sk: key('CREDENTIAL', credentialId),
});

/** In a partition of its own: login may write it, and must not be able to write a client. */
export const attemptsKey = (clientId: string): Key => ({ pk: key('ATTEMPTS', clientId), sk: 'ATTEMPTS' });

const text = z.string();
const integer = z.int();
const texts = z.array(text);

const clientShape = z.object({
  clientId: text,
  name: text,
  kind: z.enum(['service', 'user']),
  state: z.enum(['active', 'disabled']),
  scopes: texts,
  roles: texts,
  tenant: z.optional(text),
  allowedClaims: texts,
  tokenLifetime: z.optional(integer),
  grantTypes: z.optional(z.array(z.enum(grantTypes))),
  refreshLifetime: z.optional(integer),
  refreshIdle: z.optional(integer),
  createdAt: integer,
});

const credentialFacts = {
  clientId: text,
  credentialId: text,
  state: z.enum(['active', 'disabled']),
  createdAt: integer,
  validUntil: z.optional(integer),
};

const credentialShape = z.discriminatedUnion('kind', [
  z.object({ ...credentialFacts, kind: z.enum(['api_key', 'client_secret', 'password']), hash: text }),
  z.object({ ...credentialFacts, kind: z.literal('public_key'), jwk: z.record(text, z.unknown()) }),
]);

const attemptsShape = z.object({ count: integer, lastAt: integer });

export const clientItem = (client: Client) => ({ ...clientKey(client.clientId), ...client });
export const credentialItem = (credential: Credential) => ({
  ...credentialKey(credential.clientId, credential.credentialId),
  ...credential,
  ...(credential.validUntil !== undefined && { [EXPIRES_AT]: forgottenAt(credential.validUntil) }),
});

/** Credentials that are over are kept as long as what came of them can live, and then no more. */
const KEPT_AFTER_END = 90 * 24 * 3600;

/** @returns when a credential that is valid until then (ms) may be forgotten, seconds since the epoch. */
export const forgottenAt = (validUntil: number): number => Math.ceil(validUntil / 1000) + KEPT_AFTER_END;

export const parseClient = (item: unknown): Client => parse(clientShape, item) as Client;
export const parseCredential = (item: unknown): Credential => parse(credentialShape, item) as Credential;
export const parseAttempts = (item: unknown): FailedAttempts => parse(attemptsShape, item);

/* Directory: sessions of refresh tokens */

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

/** @returns the time to live of a family whose token lapses at `idleUntil` (ms): an hour more, clocks differ. */
export const familyExpiry = (idleUntil: number): number => Math.ceil(idleUntil / 1000) + 3600;

export const parseFamily = (item: unknown): RefreshFamily => parse(familyShape, item) as RefreshFamily;

/* Assertions, in the directory */

/** Issuer and `jti` are whatever somebody sends: of any size, of any characters. A hash of both has neither. */
export const assertionKey = (issuer: string, jti: string): Key => ({
  pk: key(
    'ASSERTION',
    createHash('sha256')
      .update(JSON.stringify([issuer, jti]))
      .digest('hex'),
  ),
  sk: 'ASSERTION',
});

/** Seconds that a use is remembered longer than its assertion lives: a clock that is behind may still take it. */
const ASSERTION_MARGIN = 300;

/** @param use which one it is: a write that is sent twice is one use */
export const assertionItem = (
  { issuer, jti, expiresAt }: { issuer: string; jti: string; expiresAt: number },
  use: string,
) => ({ ...assertionKey(issuer, jti), use, [EXPIRES_AT]: expiresAt + ASSERTION_MARGIN });

/* Directory: trusted issuers */

/** All of them in one partition, so that they are listed by one query; there are few. */
export const ISSUERS = 'ISSUERS';
export const issuerKey = (issuer: string): Key => ({ pk: ISSUERS, sk: key('ISSUER', issuer) });

const textsByName = z.record(text, texts);
const byClaimShape = z.optional(z.object({ claim: text, values: textsByName }));

const trustedIssuerShape = z.object({
  issuer: text,
  state: z.enum(['active', 'disabled']),
  keys: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('discovery') }),
    z.object({ kind: z.literal('jwks_uri'), uri: text }),
    z.object({
      kind: z.literal('jwks'),
      jwks: z.object({ keys: z.array(z.record(text, z.unknown())) }),
    }),
  ]),
  algorithms: texts,
  audiences: texts,
  singleUse: z.boolean(),
  mappings: z.array(
    z.object({
      match: textsByName,
      clientId: text,
      subject: text,
      tenant: z.optional(text),
      scopes: texts,
      roles: texts,
      scopesFrom: byClaimShape,
      rolesFrom: byClaimShape,
      claims: z.record(text, text),
      tokenLifetime: z.optional(integer),
    }),
  ),
});

export const trustedIssuerItem = (trusted: TrustedIssuer) => ({ ...issuerKey(trusted.issuer), ...trusted });
export const parseTrustedIssuer = (item: unknown): TrustedIssuer =>
  parse(trustedIssuerShape, item) as TrustedIssuer;

/* Ledger */

export const revocationKey = (target: RevocationTarget): Key => ({
  pk: key('REVOKED', target.kind, target.id),
  sk: 'REVOKED',
});

export const issuedTokenKey = (jti: string): Key => ({ pk: key('TOKEN', jti), sk: 'ISSUED' });

export const usageKey = (record: Pick<UsageRecord, 'at' | 'requestId' | 'sub' | 'jti'>): Key => ({
  pk: usagePartition(hourOf(record.at), shardOf(record.requestId)),
  sk: key(record.sub, record.jti, new Date(record.at).toISOString(), record.requestId),
});

export const usagePartition = (hour: string, shard: number): string => key('USAGE', hour, String(shard));

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
  latency: integer,
  sourceIp: text,
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

function parse<Shape extends z.ZodMiniType>(shape: Shape, item: unknown): z.output<Shape> {
  const parsed = shape.safeParse(item);
  if (parsed.success) return parsed.data;
  const { pk, sk } = (item ?? {}) as Partial<Key>;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Error(`corrupt item ${pk} / ${sk}: ${fields}`);
}
