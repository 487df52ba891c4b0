import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { KeyMaterial } from '../domain/key-ring.ts';

/** @returns a new RSA-2048 key with its RFC 7638 thumbprint as id. */
export async function createKey(): Promise<KeyMaterial> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const { n, e, d, p, q, dp, dq, qi } = jwk as KeyMaterial['privateJwk'];
  return { kid, privateJwk: { kty: 'RSA', n, e, d, p, q, dp, dq, qi } };
}
