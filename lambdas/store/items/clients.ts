/** Clients, their credentials, and the logins that failed in their names. In the directory. */
import * as z from 'zod/mini';
import type { Client, Credential } from '../../domain/client.ts';
import { grantTypes } from '../../domain/grant-type.ts';
import type { FailedAttempts } from '../../domain/ports.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text, texts } from './item.ts';

export const clientKey = (clientId: string): Key => ({ pk: key('CLIENT', clientId), sk: 'CLIENT' });

export const credentialKey = (clientId: string, credentialId: string): Key => ({
  pk: key('CLIENT', clientId),
  sk: key('CREDENTIAL', credentialId),
});

/** In a partition of its own: login may write it, and must not be able to write a client. */
export const attemptsKey = (clientId: string): Key => ({ pk: key('ATTEMPTS', clientId), sk: 'ATTEMPTS' });

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
  state: z.enum(['active', 'disabled', 'revoked']),
  revokedAt: z.optional(integer),
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
