import { type JWTPayload, SignJWT } from 'jose';
import { STATEMENT_TYPE, type StatementClaims } from '../domain/ledger/statement.ts';
import type { SigningKey } from './signing-keys.ts';

/**
 * Signs an access token in the RFC 9068 profile.
 *
 * @param claims all of them; nothing is added
 * @returns the compact JWS with the header `{"alg":"RS256","typ":"at+jwt","kid":…}`
 */
export const signToken = (claims: JWTPayload, key: SigningKey): Promise<string> =>
  sign('at+jwt', claims, key);

/**
 * Signs a usage statement: by the same keys, and of another type, so that one is never taken for the other (RFC 8725
 * §3.11).
 *
 * @returns the compact JWS with the header `{"alg":"RS256","typ":"usage-statement+jwt","kid":…}`
 */
export const signStatement = (claims: StatementClaims, key: SigningKey): Promise<string> =>
  sign(STATEMENT_TYPE, { ...claims }, key);

const sign = (typ: string, claims: JWTPayload, { kid, key }: SigningKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ, kid }).sign(key);
