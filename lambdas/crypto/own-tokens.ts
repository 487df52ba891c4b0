/** Access tokens of our own that somebody hands over as a parameter: valid, and not revoked. */
import type { Caller } from '../domain/access.ts';
import { parseActor } from '../domain/actor.ts';
import type { PublishedKeys } from '../domain/discovery.ts';
import { parseLineage } from '../domain/lineage.ts';
import type { OwnTokens, RevocationReader } from '../domain/ports.ts';
import { revocationOf, targetsOf } from '../domain/revocation.ts';
import { listIn } from '../domain/scope.ts';
import { type TokenClaims, verifyToken } from './verify-token.ts';

export interface OwnTokensOptions {
  keys: PublishedKeys;
  revocations: RevocationReader;
  issuer: string;
  audience: string;
}

/** @returns the port: one strongly consistent read for a token that is valid, none for any other. */
export const ownTokens = ({ keys, revocations, ...expected }: OwnTokensOptions): OwnTokens => ({
  async active(token, now) {
    const verified = await verifyToken(token, { jwks: await keys.jwks(), now, ...expected });
    const caller = verified.ok ? callerFrom(verified.value.claims, verified.value.kid) : undefined;
    if (caller === undefined) return undefined;
    const found = await revocations.find(targetsOf(caller));
    return revocationOf(found, caller.iat, caller.lineage) ? undefined : caller;
  },
});

/** @returns the caller that the guard would see; `undefined` where a claim is not as we issue it. */
function callerFrom(claims: TokenClaims, kid: string): Caller | undefined {
  const { sub, client_id: clientId, credential_id: credentialId, jti, txn, iat, exp, tenant } = claims;
  if (credentialId === undefined || txn === undefined) return undefined;
  const lineage = claims.lineage === undefined ? [] : parseLineage(claims.lineage);
  const act = claims.act === undefined ? [] : parseActor(claims.act);
  if (lineage === undefined || act === undefined) return undefined;
  return {
    ...{ sub, clientId, credentialId, jti, txn, kid, iat, exp },
    scopes: listIn(claims.scope),
    roles: listIn(claims.roles),
    ...(tenant !== undefined && { tenant }),
    ...(lineage.length > 0 && { lineage }),
    ...(!Array.isArray(act) && { act }),
    claims: Object.fromEntries(
      Object.entries(claims).flatMap(([name, value]) =>
        typeof value === 'object' ? [] : [[name, String(value)]],
      ),
    ),
  };
}
