/** Clients, their credentials, and the logins that failed in their names. In the directory. */
import * as z from 'zod/mini';
import type { Client, Credential } from '../../domain/client.ts';
import type { ClientRecord, CredentialRecord } from '../../domain/client-record.ts';
import { grantTypes } from '../../domain/grant-type.ts';
import type { FailedAttempts } from '../../domain/ports.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text, texts } from './item.ts';

export const clientKey = (clientId: string): Key => ({ pk: key('CLIENT', clientId), sk: 'CLIENT' });

export const credentialKey = (clientId: string, credentialId: string): Key => ({
  pk: key('CLIENT', clientId),
  sk: key('CREDENTIAL', credentialId),
});

/** One marker for each client, all in one partition: what clients are listed by. */
export const CLIENTS = 'CLIENTS';
export const markerKey = (clientId: string): Key => ({ pk: CLIENTS, sk: key(clientId) });

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

/** What its items know of a client beside itself: which creation it came of, and what was done with it since. */
const historyShape = z.object({
  creation: z.optional(text),
  revision: z.optional(text),
  phase: z.optional(z.enum(['creating', 'deleting'])),
  request: z.optional(text),
  clientCreation: z.optional(text),
});

const markerShape = z.object({ clientId: text, creation: z.optional(text) });

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
/** What was written before there were creations and revisions has these. */
const NONE = '0';

/** @returns a client as operators see it. */
export function parseClientRecord(item: unknown): ClientRecord {
  const { creation = NONE, revision, phase, request } = parse(historyShape, item);
  return {
    client: parseClient(item),
    ...{ creation, revision: revision ?? creation, isListed: revision !== undefined && phase !== 'creating' },
    ...(phase !== undefined && { phase }),
    ...(request !== undefined && { request }),
  };
}

/** @returns a credential as operators see it. */
export function parseCredentialRecord(item: unknown): CredentialRecord {
  const { creation = NONE, revision } = parse(historyShape, item);
  return { credential: parseCredential(item), creation, revision: revision ?? creation };
}

/**
 * An id can be registered again once its client was deleted. A credential that was written late, by whoever did not
 * notice, belongs to a client that is no more, and must not open the door of the next one.
 *
 * @param client the item of the client that there is
 * @param credential an item of its partition
 */
export function isOfAnother(client: unknown, credential: unknown): boolean {
  const { clientCreation } = parse(historyShape, credential);
  return clientCreation !== undefined && clientCreation !== parse(historyShape, client ?? {}).creation;
}

/** @param creation which one puts it: see the registry */
export const markerItem = (clientId: string, creation: string) => ({
  ...markerKey(clientId),
  ...{ clientId, creation },
});
export const parseMarker = (item: unknown): { clientId: string; creation?: string } =>
  parse(markerShape, item) as { clientId: string; creation?: string };

/**
 * @param before as {@link parseClientRecord} and {@link parseCredentialRecord} tell it
 * @param revision that the write sets: it may have been made already, and its answer got lost
 * @returns the condition that an item is still of the revision before, and its values
 */
export const isStill = (before: string, revision: string) =>
  before === NONE
    ? { condition: NEVER_CHANGED, values: { ':revision': revision } }
    : { condition: SAME_REVISION, values: { ':before': before, ':revision': revision } };

const NEVER_CHANGED =
  '(attribute_exists(#pk) AND attribute_not_exists(#revision) AND attribute_not_exists(#creation))' +
  ' OR #revision = :revision';
const SAME_REVISION =
  '#revision = :before OR (attribute_not_exists(#revision) AND #creation = :before) OR #revision = :revision';

/** @returns the condition that an item came of this creation, and its values. */
export const cameOf = (creation: string) =>
  creation === NONE
    ? { condition: 'attribute_exists(#pk) AND attribute_not_exists(#creation)', values: {} }
    : { condition: '#creation = :creation', values: { ':creation': creation } };

export const parseAttempts = (item: unknown): FailedAttempts => parse(attemptsShape, item);
