/** Assertions as clients make them (RFC 7523 §2.2), signed without any JOSE library: so also such as none would sign. */
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AssertionAlgorithm } from '../../lambdas/domain/client-assertion.ts';
import { NOW, SECOND } from './clock.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface TestKey {
  algorithm: AssertionAlgorithm;
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
}

/** @returns a new key pair; those of RSA take a while to make */
export function testKey(algorithm: AssertionAlgorithm): TestKey {
  const { privateKey, publicKey } = keyPair(algorithm);
  return { algorithm, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }) } };
}

/** One algorithm by two names (RFC 9864 §2.2). */
const EDWARDS: readonly AssertionAlgorithm[] = ['EdDSA', 'Ed25519'];

function keyPair(algorithm: AssertionAlgorithm) {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (EDWARDS.includes(algorithm)) return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/** What a right assertion of a client says, for five minutes. */
export const rightClaims = (clientId: string, audience: string, now: number = NOW) => ({
  ...{ iss: clientId, sub: clientId, aud: audience, jti: `jti-${++assertions}` },
  ...{ iat: now / SECOND, exp: now / SECOND + 300 },
});
let assertions = 0;

/** @param payload an object, or the JSON itself */
export function signedBy(
  { algorithm, privateKey }: TestKey,
  header: Record<string, unknown>,
  payload: object | string,
): string {
  const input = unsigned({ alg: algorithm, ...header }, payload);
  const signature = sign(EDWARDS.includes(algorithm) ? null : 'sha256', Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
    ...(algorithm === 'PS256' && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  });
  return `${input}.${signature.toString('base64url')}`;
}

/** @returns an assertion by HMAC, for those that take the public key for a secret. */
export function signedByHmac(secret: string, header: Record<string, unknown>, payload: object): string {
  const input = unsigned({ alg: 'HS256', ...header }, payload);
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** @returns header and payload, ready to be signed. */
export const unsigned = (header: object | string, payload: object | string): string =>
  [header, payload].map(encoded).join('.');

const encoded = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
