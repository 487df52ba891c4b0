/** Verifies the signature of a client's assertion by the public key that its credential holds. */
import { compactVerify, errors, type JWK } from 'jose';
import type { AssertionAlgorithm } from '../domain/client-assertion.ts';

/**
 * Verifies one signature, whether or not there is a key to verify it with: the time it takes does not tell whether
 * there is such a client. (What remains: an RSA key of another size than the dummy's takes a fraction of a
 * millisecond longer.)
 *
 * @param assertion a compact JWS with this `alg` in its header
 * @param jwk the public key; `undefined` where there is no such credential
 * @returns whether the key is one for this algorithm and the signature is its; `false` without a key
 * @throws TypeError or DOMException where what is stored as a key is none
 */
export async function verifyClientAssertion(
  assertion: string,
  algorithm: AssertionAlgorithm,
  jwk: Readonly<Record<string, unknown>> | undefined,
): Promise<boolean> {
  const key = jwk !== undefined && isFor(algorithm, jwk) ? jwk : undefined;
  const right = await isSignedBy(publicHalf(key ?? dummies[algorithm]), algorithm, assertion);
  return right && key !== undefined;
}

/** The header's `alg` is the attacker's: a key decides by itself what it is for (RFC 8725 §3.1). */
const isFor = (algorithm: AssertionAlgorithm, { kty, crv, alg, use }: JWK): boolean =>
  kty === dummies[algorithm].kty &&
  crv === dummies[algorithm].crv &&
  alg !== undefined &&
  namesOf(algorithm).includes(alg) &&
  [undefined, 'sig'].includes(use);

const namesOf = (algorithm: AssertionAlgorithm): readonly string[] =>
  EDWARDS.includes(algorithm) ? EDWARDS : [algorithm];
const EDWARDS = ['EdDSA', 'Ed25519'];

/** A new object each time: jose remembers the keys of those that it has seen, and so would be faster for some. */
const publicHalf = ({ kty, n, e, crv, x, y }: JWK): JWK =>
  Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, member]) => member !== undefined));

async function isSignedBy(key: JWK, algorithm: AssertionAlgorithm, assertion: string): Promise<boolean> {
  try {
    await compactVerify(assertion, key, { algorithms: [algorithm] });
    return true;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false;
    throw error;
  }
}

const RSA: JWK = {
  kty: 'RSA',
  n: 't3tJfy3-8ujXwxj9vSLuEy3uMLNUp_sRiSirqxwF7zP3Lih3HDBXDPopCSd02qSWbJgHOIu-lhWkpLtVaTxewtEfKUcLll3zxXAz_5SedOFjxRfcgFygWVRwWBcHRJ3WurpxngUZmTMoZwKElJzyCNNcam7IDD71KfgXLWgVH4q9jKBA4i9Pyd-ZczWVrJ6MkkyHG0DTXlZ1ihcX0MpqkqupEdPwv95JVuAZFWHOzUgPkUvC4NumktYKgaZcH-e2su7c-RsTnwqjLWxmBrlAARtfOtWJ6c52djWaudmZYet_lwn_9ki9zfV-JT-ukrLmRHJsAF717Haal3yjXN5PSQ',
  e: 'AQAB',
};

const ED25519: JWK = { kty: 'OKP', crv: 'Ed25519', x: 'SOT067bPZWaMY0I7pXHWj3OERl4VI1NtzqJsqalvcds' };

/** Public halves whose private halves nobody has; what one of them verifies counts for nothing all the same. */
const dummies: Readonly<Record<AssertionAlgorithm, JWK>> = {
  RS256: RSA,
  PS256: RSA,
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    x: '7JCmReu4vNBa5bndJJMCw5aPM17NoNJzSR-6rFREZm4',
    y: 'ARUXfBQ1p7A5PDN1mg4S3knmg7h0adcFeT9zna-3OyI',
  },
  EdDSA: ED25519,
  Ed25519: ED25519,
};
