import { type JWTPayload, SignJWT } from 'jose';
import type { SigningKey } from './signing-keys.ts';

/**
 * Signs an access token in the RFC 9068 profile.
 *
 * @param claims all of them; nothing is added
 * @returns the compact JWS with the header `{"alg":"RS256","typ":"at+jwt","kid":…}`
 */
export const signToken = (claims: JWTPayload, { kid, key }: SigningKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid }).sign(key);
