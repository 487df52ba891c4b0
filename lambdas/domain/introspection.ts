/** What is told about a token, and to whom (RFC 7662). All that is not told is one word: inactive. */
import type { Caller } from './access.ts';
import type { Client } from './client.ts';
import type { RefreshFamily } from './refresh-family.ts';
import type { Scope } from './scope.ts';

/** The members of an answer (RFC 7662 §2.2). */
export type Introspection = Readonly<Record<string, unknown>> & { active: boolean };

/** For whatever is no token, is one no longer, or is not the client's to ask about: nothing else is said. */
export const INACTIVE: Introspection = { active: false };

/** Whose a token is. */
export interface TokenOwner {
  clientId: string;
  tenant?: string;
}

/**
 * A client may ask about its own tokens; with the scope for it about those of others too, but never about those of
 * another tenant than its own.
 *
 * @param scopes the asking client's, those of its roles included
 * @param needed the scope that others' tokens take
 */
export const mayIntrospect = (
  client: Pick<Client, 'clientId' | 'tenant'>,
  scopes: readonly Scope[],
  token: TokenOwner,
  needed: Scope,
): boolean =>
  token.clientId === client.clientId ||
  (scopes.includes(needed) && (client.tenant === undefined || client.tenant === token.tenant));

/**
 * @returns everything that the token itself says, but how it is revoked: that is asked for right here. Claims of a
 *   login are among it, all of them under names that no standard has.
 */
export function describeAccessToken({ claims, exp, iat, act }: Caller): Introspection {
  const { credential_id, lineage, nbf, ...told } = claims;
  return {
    ...told,
    active: true,
    token_type: 'Bearer',
    exp,
    iat,
    // As numbers again: a caller's claims are the strings that the gateway makes of them.
    ...(nbf !== undefined && { nbf: Number(nbf) }),
    ...(act !== undefined && { act }),
  };
}

/**
 * @param family the session whose current token it is
 * @param scopes those of the next access token
 * @returns what its client knows anyway, and until when. `token_type` is left out: it is that of access tokens
 *   (RFC 6749 §7.1), and whoever takes any active Bearer token must not take this one.
 */
export const describeRefreshToken = (
  { clientId, idleUntil, rotation, startedAt }: RefreshFamily,
  scopes: readonly Scope[],
): Introspection => ({
  active: true,
  client_id: clientId,
  sub: clientId,
  scope: scopes.join(' '),
  iat: Math.floor((rotation?.at ?? startedAt) / 1000),
  exp: Math.floor(idleUntil / 1000),
});
