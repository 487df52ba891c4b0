/** Access tokens that this deployment has signed, whatever their age and audience: somebody has found one. */
import type { PublishedKeys } from '../domain/discovery.ts';
import { readJwt } from '../domain/unverified-jwt.ts';
import type { IssuedToken } from '../domain/usage.ts';
import { verifyToken } from './verify-token.ts';

type Signed = Pick<IssuedToken, 'jti' | 'sub' | 'clientId' | 'credentialId' | 'txn' | 'iat' | 'exp'>;

/** @returns reads a token at `now` (ms); `undefined` for what none of the published keys has signed in this issuer's name */
export const signedTokens =
  ({ keys, issuer }: { keys: PublishedKeys; issuer: string }) =>
  async (token: string, now: number): Promise<Signed | undefined> => {
    const read = readJwt(token);
    const audience = read.ok ? read.value.claims.aud : undefined;
    if (typeof audience !== 'string') return undefined;
    const jwks = await keys.jwks();
    const verified = await verifyToken(token, { jwks, issuer, audience, now, acceptExpired: true });
    if (!verified.ok) return undefined;
    const {
      jti,
      sub,
      client_id: clientId,
      credential_id: credentialId,
      txn,
      iat,
      exp,
    } = verified.value.claims;
    if (credentialId === undefined || txn === undefined) return undefined;
    return { jti, sub, clientId, credentialId, txn, iat, exp };
  };
