/**
 * Issuers whose tokens count as proof here, and what is made of them. A trusted issuer is data: an operator says
 * whose tokens, signed how, meant for whom, and a list of mappings says which of them get what. What no mapping
 * matches gets nothing.
 */
import type { Client } from '../client.ts';
import type { Precondition, Revised } from '../precondition.ts';
import type { Scope } from '../scope.ts';

export interface TrustedIssuer {
  /** Exactly the `iss` of its tokens. */
  issuer: string;
  state: 'active' | 'disabled';
  keys: IssuerKeys;
  /** The `alg` that its tokens may have, asymmetric ones only. */
  algorithms: readonly string[];
  /** `aud` of its tokens: one of these has to be in it. */
  audiences: readonly string[];
  /** Whether one of its tokens is good for one assertion only (RFC 7523 §3, `jti`). */
  singleUse: boolean;
  /** The first one that matches decides. */
  mappings: readonly Mapping[];
}

/** Where its keys are: named in its discovery document on its own host, at an address, or written down here. */
export type IssuerKeys =
  | { kind: 'discovery' }
  | { kind: 'jwks_uri'; uri: string }
  | { kind: 'jwks'; jwks: { keys: readonly Readonly<Record<string, unknown>>[] } };

/** Which of an issuer's tokens are meant, and what they become. */
export interface Mapping {
  /**
   * Claims, and the patterns of which each has to match one. A claim is named as it is, or by a JSON Pointer
   * (RFC 6901) that begins with `/`; of a list, one entry has to match.
   */
  match: Readonly<Record<string, readonly string[]>>;
  /** The client in whose name tokens are issued, and more than whose scopes none of them gets. */
  clientId: string;
  /** Template of `sub`: text with claims in braces, such as `github:{repository}`. */
  subject: string;
  /** Template of `tenant`. */
  tenant?: string;
  scopes: readonly Scope[];
  roles: readonly string[];
  /** Scopes by the values of a claim. */
  scopesFrom?: ByClaim;
  /** Roles by the values of a claim. */
  rolesFrom?: ByClaim;
  /** Further claims of the token: name and template. */
  claims: Readonly<Record<string, string>>;
  /** Seconds; never longer than the token that it is made of. */
  tokenLifetime?: number;
}

export interface ByClaim {
  /** Named as in {@link Mapping.match}. */
  claim: string;
  /** What each value of it gives. */
  values: Readonly<Record<string, readonly string[]>>;
}

/** A token of a trusted issuer, verified. */
export interface ForeignToken {
  issuer: TrustedIssuer;
  claims: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  exp: number;
  jti?: string;
}

/** What a foreign token amounts to here, before the client's own limits. */
export interface Federated {
  clientId: string;
  sub: string;
  tenant?: string;
  scopes: readonly Scope[];
  roles: readonly string[];
  claims: Readonly<Record<string, string>>;
  /** Seconds, where the mapping says so. */
  tokenLifetime?: number;
}

export interface TrustReader {
  /** One strongly consistent read. @throws {StoreUnavailable} */
  find(issuer: string): Promise<TrustedIssuer | undefined>;
}

/** The trusted issuers, for those who say which they are. */
export interface TrustRegistry {
  /** One write, whole: no part of an earlier record stays. @throws {StoreUnavailable} */
  put(
    issuer: TrustedIssuer,
    precondition?: Precondition,
  ): Promise<{ outcome: 'created' | 'changed'; revision: string } | { outcome: 'changed_meanwhile' }>;
  /** All of them, by their names. @throws {StoreUnavailable} */
  list(): Promise<Revised<TrustedIssuer>[]>;
  /** One write. @throws {StoreUnavailable} */
  remove(issuer: string, precondition?: Precondition): Promise<'removed' | 'unknown' | 'changed_meanwhile'>;
  /** @returns those of the clients that there are. @throws {StoreUnavailable} */
  clients(clientIds: readonly string[]): Promise<Client[]>;
}
