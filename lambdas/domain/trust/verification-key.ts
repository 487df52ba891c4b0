/**
 * Keys of somebody else that signatures may be verified with: public, asymmetric, and strong enough. An issuer's set
 * may hold others as well; those are passed over.
 */
import { canonicalKey, isSecretKey, isWeak } from '../key-material.ts';

export type VerificationKey = Readonly<Record<string, unknown>>;

/** The `alg` that a foreign token may have: RSA, ECDSA and Edwards curves (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export const signatureAlgorithms = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
] as const;

const CURVES = ['P-256', 'P-384', 'P-521', 'Ed25519'];
const MAX_KID = 256;

/**
 * @param jwk a key as somebody wrote it
 * @returns what it takes to verify with it, without members such as `x5c`; `undefined` where it is not for
 *   signatures, not asymmetric, not public alone, of an unknown curve, or RSA of less than 2048 or more than 8192 bits
 */
export function verificationKey(jwk: unknown): VerificationKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const key = jwk as VerificationKey;
  if (isSecretKey(key) || !isForSignatures(key)) return undefined;
  const { kid, alg, kty } = key;
  const material = kty === 'RSA' || CURVES.some((curve) => curve === key.crv) ? canonicalKey(key) : undefined;
  if (material === undefined || isWeak(material)) return undefined;
  return { ...material, ...(kid !== undefined && { kid }), ...(alg !== undefined && { alg }), use: 'sig' };
}

const isForSignatures = ({ use, key_ops: operations, kid, alg }: VerificationKey): boolean =>
  (use === undefined || use === 'sig') &&
  (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
  (kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= MAX_KID)) &&
  (alg === undefined || signatureAlgorithms.some((known) => known === alg));
