/** A token that is to be issued: whom it is about, by what right, and the claims that say so. */
import { v4, v7 } from 'uuid';
import type { Actor } from './actor.ts';
import type { Authenticated } from './authentication.ts';
import type { GrantType } from './grant-type.ts';
import { formatLineage } from './lineage.ts';
import type { Random } from './ports.ts';
import type { LineageTarget } from './revocation.ts';
import type { Grant } from './token-request.ts';
import type { IssuedToken, TokenOrigin } from './usage.ts';

/** Everything that decides what a token says, but the time and the randomness of it. */
export interface Issuance {
  /** By which door and grant it is issued. */
  grantType: GrantType | 'login';
  /** The client that asked for it. */
  clientId: string;
  /** What the client proved itself by; the issuer, where somebody else's token stands in for a credential. */
  credentialId: string;
  sub: string;
  tenant?: string;
  roles: readonly string[];
  granted: Grant;
  /** The transaction that goes on; a new one where absent. */
  txn?: string;
  /** Who acts for the subject (RFC 8693 §4.1). */
  act?: Actor;
  /** What ends this token beside its own targets: that which it was refreshed or exchanged from. */
  lineage?: readonly LineageTarget[];
  /** For the ledger. */
  origin?: TokenOrigin;
}

/** @returns what a client gets in its own name. */
export const issuanceTo = (
  { client, credential }: Authenticated,
  grantType: Issuance['grantType'],
  granted: Grant,
): Issuance => ({
  grantType,
  clientId: client.clientId,
  credentialId: credential.credentialId,
  sub: client.clientId,
  ...(client.tenant !== undefined && { tenant: client.tenant }),
  roles: client.roles,
  granted,
});

/** The claims that every token of ours has (RFC 9068 §2.2), beside those that are granted on top. */
export interface TokenClaims {
  [claim: string]: string | number | Actor;
  iss: string;
  sub: string;
  aud: string;
  client_id: string;
  credential_id: string;
  jti: string;
  iat: number;
  nbf: number;
  exp: number;
  scope: string;
  txn: string;
  tenant?: string;
  roles?: string;
  act?: Actor;
  lineage?: string;
}

/**
 * @param issuer the deployment's `iss` and `aud`
 * @param now milliseconds since the epoch
 * @param random where `jti` (UUIDv7, so it tells its time) and `txn` (RFC 8417 §2.2) come from
 */
export function tokenClaims(
  { granted, tenant, roles, act, lineage = [], ...issuance }: Issuance,
  issuer: { issuer: string; audience: string },
  now: number,
  random: Random,
): TokenClaims {
  const iat = Math.floor(now / 1000);
  return {
    // First, so that no claim of a login can take the place of one of ours.
    ...granted.claims,
    iss: issuer.issuer,
    sub: issuance.sub,
    aud: issuer.audience,
    client_id: issuance.clientId,
    credential_id: issuance.credentialId,
    jti: v7({ msecs: now, random: random(16) }),
    iat,
    nbf: iat,
    exp: iat + granted.lifetime,
    scope: granted.scopes.join(' '),
    txn: issuance.txn ?? v4({ random: random(16) }),
    ...(tenant !== undefined && { tenant }),
    // Strings, not arrays: the gateway would turn an array into "[a b]".
    ...(roles.length > 0 && { roles: roles.join(' ') }),
    ...(act !== undefined && { act }),
    ...(lineage.length > 0 && { lineage: formatLineage(lineage) }),
  };
}

/** @returns what the ledger keeps of an issued token. */
export const issuedToken = (
  { grantType, tenant, granted, origin }: Issuance,
  { jti, client_id: clientId, credential_id: credentialId, sub, txn, iat, exp, lineage }: TokenClaims,
  { kid, sourceIp }: { kid: string; sourceIp: string },
): IssuedToken => ({
  ...{ jti, clientId, credentialId, sub, txn, iat, exp, kid, sourceIp, grantType },
  ...(tenant !== undefined && { tenant }),
  scopes: granted.scopes,
  ...(origin !== undefined && { origin }),
  ...(lineage !== undefined && { lineage }),
});
