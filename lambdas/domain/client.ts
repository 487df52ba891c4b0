import type { Scope } from './scope.ts';

/** Whoever may ask for tokens. */
export interface Client {
  clientId: string;
  name: string;
  kind: 'service' | 'user';
  state: 'active' | 'disabled';
  /** Granted directly; those of the roles come on top. */
  scopes: readonly Scope[];
  roles: readonly string[];
  tenant?: string;
  /** Names of the claims that a login of this client may set. */
  allowedClaims: readonly string[];
  /** Seconds that a token lives at most; the deployment's default where absent. */
  tokenLifetime?: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** One way a client proves itself. The secret itself is kept nowhere. */
export interface Credential {
  clientId: string;
  credentialId: string;
  kind: 'api_key' | 'client_secret' | 'password';
  /** SHA-256 in hex of an API key or client secret, or a scrypt hash in PHC string format. */
  hash: string;
  state: 'active' | 'disabled';
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Milliseconds since the epoch; for ever where absent. */
  validUntil?: number;
}

/** A client's password has this credential id: there is one at a time, so every login costs one hash. */
export const PASSWORD_CREDENTIAL_ID = 'password';

/** What a client id looks like: no separator of an API key (`_`), a key (`#`) or Basic (`:`) fits into it. */
export const CLIENT_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** @returns whether the credential may be used at `now` (milliseconds). */
export const isUsable = (credential: Credential, now: number): boolean =>
  credential.state === 'active' && (credential.validUntil === undefined || now < credential.validUntil);
