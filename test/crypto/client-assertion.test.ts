import { beforeAll, describe, expect, it } from 'vitest';
import { verifyClientAssertion } from '../../lambdas/crypto/verify-client-assertion.ts';
import { type AssertionAlgorithm, assertionAlgorithms } from '../../lambdas/domain/client-assertion.ts';
import {
  rightClaims,
  signedBy,
  signedByHmac,
  type TestKey,
  testKey,
  unsigned,
} from '../support/client-assertions.ts';

const claims = rightClaims('reader', 'https://api.example.com');
let keys: Record<AssertionAlgorithm, TestKey>;

beforeAll(() => {
  const [rsa, edwards] = [testKey('RS256'), testKey('EdDSA')];
  const made: typeof keys = {
    RS256: rsa,
    PS256: { ...rsa, algorithm: 'PS256' },
    ES256: testKey('ES256'),
    EdDSA: edwards,
    Ed25519: { ...edwards, algorithm: 'Ed25519' },
  };
  // Registered keys always say what they are for.
  for (const [alg, key] of Object.entries(made))
    Object.assign(made, { [alg]: { ...key, jwk: { ...key.jwk, alg } } });
  keys = made;
});

describe.each(assertionAlgorithms)('the signature of an assertion by %s', (algorithm) => {
  const assertion = () => signedBy(keys[algorithm], { kid: 'Key-1' }, claims);
  const verify = (jwk: Record<string, unknown> | undefined, text = assertion()) =>
    verifyClientAssertion(text, algorithm, jwk);

  it('is verified by its public key', async () => {
    expect(await verify(keys[algorithm].jwk)).toBe(true);
    expect(await verify({ ...keys[algorithm].jwk, kid: 'Key-1', use: 'sig', alg: algorithm })).toBe(true);
  });

  it('is not verified by another key, or by none', async () => {
    const other = algorithm === 'PS256' || algorithm === 'RS256' ? undefined : testKey(algorithm).jwk;
    expect(await verify(other)).toBe(false);
    expect(await verify(undefined)).toBe(false);
  });

  it('is not verified by the key of another algorithm', async () => {
    for (const other of assertionAlgorithms.filter(
      (name) => keys[name].jwk.kty !== keys[algorithm].jwk.kty,
    )) {
      expect(await verify(keys[other].jwk)).toBe(false);
    }
    const others = assertionAlgorithms.filter((name) => !aliases(name).includes(algorithm));
    for (const alg of ['HS256', 'RS512', '', ...others]) {
      expect(await verify({ ...keys[algorithm].jwk, alg })).toBe(false);
    }
    expect(await verify({ ...keys[algorithm].jwk, use: 'enc' })).toBe(false);
    expect(await verify({ ...keys[algorithm].jwk, alg: undefined })).toBe(false);
  });

  it('covers header and claims', async () => {
    const [header, payload, signature = ''] = assertion().split('.');
    const changed = [
      `${unsigned({ alg: algorithm, kid: 'Key-2' }, claims)}.${signature}`,
      `${unsigned({ alg: algorithm, kid: 'Key-1' }, { ...claims, sub: 'writer' })}.${signature}`,
      `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      `${header}.${payload}.AA`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
    ];
    for (const text of changed) expect(await verify(keys[algorithm].jwk, text)).toBe(false);
  });
});

describe('the key of an assertion', () => {
  it.each([
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ] as const)('of %s may have the other of its two names, %s (RFC 9864 §2.2)', async (algorithm, alg) => {
    const jwk = { ...keys[algorithm].jwk, alg };
    expect(await verifyClientAssertion(signedBy(keys[algorithm], {}, claims), algorithm, jwk)).toBe(true);
  });

  it('of RSA verifies the scheme that the assertion names, and no other', async () => {
    const { jwk, privateKey } = keys.RS256;
    const header = { alg: 'PS256', kid: 'Key-1' };
    const wrong = signedBy({ algorithm: 'RS256', privateKey, jwk }, header, claims);
    expect(await verifyClientAssertion(wrong, 'PS256', jwk)).toBe(false);
  });

  it('is never the secret of an HMAC', async () => {
    const forged = signedByHmac(String(keys.RS256.jwk.n), {}, claims);
    await expect(verifyClientAssertion(forged, 'RS256', keys.RS256.jwk)).rejects.toThrow();
  });

  it('is an error where what is stored is none', async () => {
    const short = testShortKey();
    await expect(verifyClientAssertion(signedBy(keys.RS256, {}, claims), 'RS256', short)).rejects.toThrow();
    const off = { ...keys.ES256.jwk, y: keys.ES256.jwk.x };
    await expect(verifyClientAssertion(signedBy(keys.ES256, {}, claims), 'ES256', off)).rejects.toThrow();
  });
});

const aliases = (name: AssertionAlgorithm): AssertionAlgorithm[] =>
  name === 'EdDSA' || name === 'Ed25519' ? ['EdDSA', 'Ed25519'] : [name];

/** 1024 bits, which nobody may verify by. */
const testShortKey = () => ({
  kty: 'RSA',
  alg: 'RS256',
  e: 'AQAB',
  n: Buffer.alloc(128, 0xff).toString('base64url'),
});
