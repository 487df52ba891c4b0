/**
 * What the handlers need of the outside, as verbs with outcomes. `store/` and `crypto/` implement them,
 * `index.ts` of each function puts them together.
 */
import type { Caller } from './access.ts';
import type { Client, Credential, Verifier } from './client.ts';
import type { RefreshFamily, Standing } from './refresh-family.ts';
import type { RefreshToken } from './refresh-token.ts';
import type { Result } from './result.ts';
import type { Revocation, RevocationTarget, Why } from './revocation.ts';
import type { ForeignToken } from './trust/trusted-issuer.ts';
import type { IssuedToken, UsageRecord } from './usage.ts';

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** @returns `size` unpredictable bytes. */
export type Random = (size: number) => Uint8Array;

/** A store that did not answer, or not with everything: nothing may be concluded from it. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** Failed logins under one client id, whether or not there is such a client. */
export interface FailedAttempts {
  count: number;
  /** Milliseconds since the epoch. */
  lastAt: number;
}

/** What one read of the directory tells a login. */
export interface LoginFacts {
  client?: Client;
  credential?: Credential;
  attempts?: FailedAttempts;
  /** The hash that the credential has apart from itself, where it was asked for. */
  verifier?: Verifier;
}

export interface Directory {
  /**
   * One strongly consistent read.
   *
   * @param more whether the verifier is read as well, be it there or not
   * @throws {StoreUnavailable}
   */
  lookUp(clientId: string, credentialId: string, more?: 'verifier'): Promise<LoginFacts>;
  /** Counts one more failure at `now` (ms). @throws {StoreUnavailable} */
  countFailure(clientId: string, now: number): Promise<void>;
  /** Forgets the failures after a success. @throws {StoreUnavailable} */
  clearFailures(clientId: string): Promise<void>;
}

export interface Verifiers {
  /**
   * Replaces a hash by a better one of the same secret, in one conditional write.
   *
   * @param verifier as it was read
   * @param now milliseconds since the epoch
   * @returns `changed` where it is not as it was read any more, and stays so
   * @throws {StoreUnavailable}
   */
  replace(verifier: Verifier, hash: string, now: number): Promise<'replaced' | 'changed'>;
}

export interface ClientReader {
  /** One strongly consistent read of the client alone. @throws {StoreUnavailable} */
  find(clientId: string): Promise<Client | undefined>;
}

export interface RevocationReader {
  /** One strongly consistent read of all targets at once. @throws {StoreUnavailable} */
  find(targets: readonly RevocationTarget[]): Promise<Revocation[]>;
}

export interface RevocationWriter {
  /** Never shortens what is there, nor changes when and why that was done first. @throws {StoreUnavailable} */
  revoke(revocation: Revocation & Why): Promise<'revoked' | 'already_revoked'>;
}

export interface UsageWriter {
  /** One append; the same record twice is one record. @throws {StoreUnavailable} */
  append(record: UsageRecord): Promise<void>;
}

export interface IssuanceWriter {
  /** The issued token and the login's usage record in one append. @throws {StoreUnavailable} */
  append(token: IssuedToken, login: UsageRecord): Promise<void>;
}

/** Why somebody else's token proves nothing here. */
export type ForeignFailure =
  | 'malformed'
  | 'unknown_issuer'
  | 'disabled_issuer'
  | 'wrong_algorithm'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'bound_to_a_key'
  | 'wrong_claims';

export interface ForeignTokens {
  /**
   * Verifies a bearer token of a trusted issuer at `now` (ms): issuer, algorithm, key, signature, audience, times.
   *
   * @throws {StoreUnavailable} where the directory or the issuer's keys cannot be read
   */
  verify(token: string, now: number): Promise<Result<ForeignToken, ForeignFailure>>;
}

export interface OwnTokens {
  /**
   * @returns what a token of ours says that is valid at `now` (ms) and not revoked; `undefined` for all others
   * @throws {StoreUnavailable} where the keys or the revocations cannot be read
   */
  active(token: string, now: number): Promise<Caller | undefined>;
}

export interface AssertionLog {
  /**
   * Takes note of an assertion, in one conditional write.
   *
   * @param issuer whose `jti` it is
   * @param expiresAt after which it is no assertion any more, seconds since the epoch
   * @throws {StoreUnavailable}
   */
  use(assertion: { issuer: string; jti: string; expiresAt: number }): Promise<'first' | 'replayed'>;
}

export interface UsageReader {
  /** The records of one subject in an hour (see {@link hourOf}), of all shards. @throws {StoreUnavailable} */
  recordsOf(sub: string, hour: string): Promise<UsageRecord[]>;
}

export interface RefreshTokens {
  /** @returns what the family of a token is found by: the same for all of them. */
  lookupOf(token: RefreshToken): string;
  /** @returns what a token is recognised by. */
  hashOf(token: RefreshToken): string;
  /** @returns the token that replaces this one: the same for the same salt. */
  successorOf(token: RefreshToken, salt: string): RefreshToken;
}

/** The replacement of one refresh token by the next. */
export interface Rotation {
  family: RefreshFamily;
  /** The hash of the token that is replaced. */
  presented: string;
  /** The hash of the one that replaces it, and the salt that it was derived with. */
  next: string;
  salt: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What became of it: done, or what the token is by now to its family, if that is still there. */
export type RotationOutcome =
  | { kind: 'rotated' }
  | { kind: 'unknown' }
  | Exclude<Standing, { kind: 'current' }>;

export interface RefreshFamilies {
  /** One write. @throws {StoreUnavailable} */
  start(family: RefreshFamily): Promise<void>;
  /** One strongly consistent read. @throws {StoreUnavailable} */
  find(lookup: string): Promise<RefreshFamily | undefined>;
  /** One conditional write; where it loses a race, one read more. @throws {StoreUnavailable} */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /** One conditional write: no token of the family can be used again. @throws {StoreUnavailable} */
  end(lookup: string, now: number): Promise<'ended' | 'already_ended'>;
}
