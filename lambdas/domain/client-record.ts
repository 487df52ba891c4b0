/** Clients and credentials as operators see them: with what tells one state of them from the next. */
import { type Client, type Credential, grantTypesOf } from './client.ts';

export interface ClientRecord {
  client: Client;
  /** Which one of those that ever had its id: each creation has its own. */
  creation: string;
  /** Another one after each change: what its entity tag is made of. */
  revision: string;
  /** What was begun with it and not brought to an end, so far. */
  phase?: 'creating' | 'deleting';
  /** Whether there is a marker of it, by which it is listed. */
  isListed: boolean;
  /** The idempotent request that created it, by its hash. */
  request?: string;
}

export interface CredentialRecord {
  credential: Credential;
  creation: string;
  revision: string;
}

/** @returns a client as an answer tells it, in the words of RFC 7591: never with a secret or a hash. */
export const describeClient = ({ client, phase }: Pick<ClientRecord, 'client' | 'phase'>) => ({
  ...describeRegistration(client),
  state: client.state,
  created_at: timeOf(client.createdAt),
  ...(phase !== undefined && { unfinished: phase === 'creating' ? 'creation' : 'deletion' }),
});

/** @returns what a client was registered with. */
export const describeRegistration = (client: Omit<Client, 'state' | 'createdAt'>) => ({
  client_id: client.clientId,
  client_name: client.name,
  kind: client.kind,
  scope: client.scopes.join(' '),
  roles: client.roles,
  tenant: client.tenant,
  allowed_claims: client.allowedClaims,
  token_lifetime: client.tokenLifetime,
  grant_types: grantTypesOf(client),
  refresh_token_lifetime: client.refreshLifetime,
  refresh_token_idle_lifetime: client.refreshIdle,
});

/** @returns a credential as an answer tells it: never with a secret or a hash. */
export const describeCredential = (credential: Credential) => ({
  client_id: credential.clientId,
  credential_id: credential.credentialId,
  kind: credential.kind,
  state: credential.state,
  created_at: timeOf(credential.createdAt),
  ...(credential.validUntil !== undefined && { valid_until: timeOf(credential.validUntil) }),
  ...(credential.revokedAt !== undefined && { revoked_at: timeOf(credential.revokedAt) }),
  ...(credential.kind === 'public_key' && { jwk: credential.jwk }),
});

/** @returns whether both are proved by the same secret, or are keys: which key, their id says. */
export const isSameProof = (one: Credential, other: Credential): boolean =>
  one.kind === 'public_key' || other.kind === 'public_key'
    ? one.kind === other.kind
    : one.hash === other.hash;

/** @returns a time in milliseconds as answers tell it (RFC 3339). */
export const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();
