/** The public numbers of a JWK (RFC 7518 §6), whoever's key it is: what may never be among them, and how strong they are. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';

/** Members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1), and of what may follow them. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** @returns whether a key brings its secret half along. */
export const isSecretKey = (jwk: object): boolean =>
  SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member));

/**
 * @returns the key's own members as OpenSSL writes them: a point on its curve, no leading zeros, no stray bits;
 *   `undefined` where they make no key
 */
export function canonicalKey({
  kty,
  n,
  e,
  crv,
  x,
  y,
}: Readonly<Record<string, unknown>>): JsonWebKey | undefined {
  try {
    const key = createPublicKey({ format: 'jwk', key: { kty, n, e, crv, x, y } as JsonWebKey });
    return key.export({ format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** @returns whether an RSA key has less than 2048 or more than 8192 bits, or an exponent that secures nothing. */
export function isWeak(jwk: JsonWebKey): boolean {
  if (jwk.kty !== 'RSA') return false;
  const { modulusLength = 0, publicExponent = 0n } =
    createPublicKey({ format: 'jwk', key: jwk }).asymmetricKeyDetails ?? {};
  // With an exponent of 1 every message is its own signature.
  const signs = publicExponent >= 3n && publicExponent % 2n === 1n && publicExponent < 2n ** 32n;
  return !signs || modulusLength < 2048 || modulusLength > 8192;
}
