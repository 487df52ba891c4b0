import type { Actor } from './actor.ts';
import type { LineageTarget } from './revocation.ts';

/**
 * Who may call a route. The gateway enforces the coarse half (a valid token, one of the scopes); the guard
 * enforces what the gateway cannot: all of several scopes, and rules over claims.
 */
export type Access<Scope extends string = string> =
  | { kind: 'open' }
  | { kind: 'client' }
  | { kind: 'operator' }
  | TokenAccess<Scope>;

/** A valid token, and what else it takes. */
export interface TokenAccess<Scope extends string = string> {
  kind: 'token';
  /** One of these is enough; the gateway checks it. Empty: any valid token. */
  anyOf: readonly Scope[];
  /** Every one of these; the gateway checks that there is one, the guard that none is missing. */
  allOf: readonly Scope[];
  /** The path parameter has to be the caller's own claim, unless the token has the scope. */
  own?: { pathParameter: string; claim: string; orScope?: Scope };
}

/** Who is calling, as the verified token says. All values are strings, because the gateway makes them so. */
export interface Caller {
  sub: string;
  clientId: string;
  credentialId: string;
  jti: string;
  txn: string;
  /** The signing key's id. */
  kid: string;
  /** Seconds since the epoch. */
  iat: number;
  /** Seconds since the epoch. */
  exp: number;
  scopes: readonly string[];
  roles: readonly string[];
  tenant?: string;
  /** What else ends this token when it is revoked: what it was refreshed or exchanged from. */
  lineage?: readonly LineageTarget[];
  /** Who acts for the subject (RFC 8693 §4.1), where somebody does. */
  act?: Actor;
  /** Every claim of the token, registered ones included. */
  claims: Readonly<Record<string, string>>;
}

/** Why a valid token may not do this. `scope` is what would have helped, space-delimited (RFC 6750 §3). */
export interface AccessRefusal {
  code: 'insufficient_scope' | 'not_the_owner';
  scope?: string;
}

/** @returns the scopes that the gateway is told to ask for, any-of. */
export const gatewayScopes = (access: TokenAccess): readonly string[] =>
  access.allOf.length > 0 ? access.allOf : access.anyOf;

/**
 * Decides what the gateway cannot.
 *
 * @param access the route's rule
 * @param caller who asks
 * @param pathParameters the decoded path parameters of the request
 * @returns the refusal, or `undefined` where the call may go on
 */
export function refusalOf(
  access: TokenAccess,
  caller: Pick<Caller, 'scopes' | 'claims'>,
  pathParameters: Readonly<Record<string, string | undefined>>,
): AccessRefusal | undefined {
  const has = (scope: string) => caller.scopes.includes(scope);
  // The gateway has checked anyOf; asking again keeps the rule true where a route was deployed without it.
  if (access.anyOf.length > 0 && !access.anyOf.some(has)) {
    return { code: 'insufficient_scope', scope: access.anyOf.join(' ') };
  }
  if (!access.allOf.every(has)) return { code: 'insufficient_scope', scope: access.allOf.join(' ') };
  const { own } = access;
  if (own === undefined || (own.orScope !== undefined && has(own.orScope))) return undefined;
  const wanted = pathParameters[own.pathParameter];
  // An absent parameter and an absent claim are both `undefined`; they must not count as the same.
  if (wanted !== undefined && wanted === ownValue(caller.claims, own.claim)) return undefined;
  return { code: 'not_the_owner', ...(own.orScope !== undefined && { scope: own.orScope }) };
}

const ownValue = (claims: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(claims, name) ? claims[name] : undefined;
