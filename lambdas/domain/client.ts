import type { GrantType } from './grant-type.ts';
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
  /** Grants that it may use; see {@link grantTypesOf} for where nothing is said. */
  grantTypes?: readonly GrantType[];
  /** Seconds that a session of refresh tokens lasts at most; {@link REFRESH_LIFETIME} where absent. */
  refreshLifetime?: number;
  /** Seconds that a refresh token may lie unused; {@link REFRESH_IDLE} where absent. */
  refreshIdle?: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** One way a client proves itself. The secret itself is kept nowhere. */
export type Credential = SecretCredential | PublicKeyCredential;

/** A secret that both sides know; here only by its hash. */
export interface SecretCredential extends CredentialFacts {
  kind: 'api_key' | 'client_secret' | 'password';
  /** SHA-256 in hex of an API key or client secret, or a scrypt hash in PHC string format; or {@link APART}. */
  hash: string;
}

/** In the place of a hash: it came from another system, and stands in a {@link Verifier}. */
export const APART = 'apart';

/** The hash of a secret that came from another system, until its first login and after. */
export interface Verifier {
  clientId: string;
  credentialId: string;
  /** One of the forms of `imported-hash.ts`, or the scrypt hash that replaced it. */
  hash: string;
  /** That of the credential that it belongs to, milliseconds since the epoch. */
  createdAt: number;
  /** When a login replaced the hash that was imported, milliseconds since the epoch. */
  replacedAt?: number;
}

/** A key pair of which the client has the private half: it signs assertions (RFC 7523 §2.2). */
export interface PublicKeyCredential extends CredentialFacts {
  kind: 'public_key';
  /** The public half (RFC 7517), without any private member. The credential's id is the `kid` of its assertions. */
  jwk: Readonly<Record<string, unknown>>;
}

interface CredentialFacts {
  clientId: string;
  credentialId: string;
  /** One that is `revoked` is over for good: it has leaked, or was given up. */
  state: 'active' | 'disabled' | 'revoked';
  /** When it was revoked, milliseconds since the epoch. */
  revokedAt?: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Milliseconds since the epoch; for ever where absent. */
  validUntil?: number;
}

/** A client's password has this credential id: there is one at a time, so every login costs one hash. */
export const PASSWORD_CREDENTIAL_ID = 'password';

/**
 * @returns whether a public key may have this id, the `kid` of its assertions. The form of the ids that secrets have,
 *   `password` among them, is theirs alone.
 */
export const isKeyId = (text: string): boolean =>
  /^[A-Za-z0-9_-]{1,64}$/.test(text) && !/^[0-9a-z]{8}$/.test(text);

/**
 * What a client id looks like; upper and lower case differ. Whoever comes from another system keeps the id that it had
 * there. No separator of a key (`#`), of Basic (`:`) or of a path (`/`) fits into it, it is the same in a URL, and a
 * secret of ours is never one: ids are logged.
 */
export const CLIENT_ID = /^(?!tg[sr]?_)[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** Seconds that a session of refresh tokens lasts, and that one of its tokens may lie unused. */
export const REFRESH_LIFETIME = 30 * 24 * 3600;
export const REFRESH_IDLE = 7 * 24 * 3600;

/**
 * @returns the grants that the client may use. Where nothing is said, a service may ask for tokens by its own
 *   credentials and a user may stay logged in; everything else has to be said.
 */
export const grantTypesOf = ({
  kind,
  grantTypes,
}: Pick<Client, 'kind' | 'grantTypes'>): readonly GrantType[] =>
  grantTypes ?? [kind === 'user' ? 'refresh_token' : 'client_credentials'];

/** @returns whether the client may use the grant; see {@link grantTypesOf}. */
export const mayUse = (client: Client, grantType: GrantType): boolean =>
  grantTypesOf(client).includes(grantType);

/** @returns whether the credential may be used at `now` (milliseconds). */
export const isUsable = (credential: Credential, now: number): boolean =>
  credential.state === 'active' && (credential.validUntil === undefined || now < credential.validUntil);
