import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseKeys, parsePublicKey } from '../../lambdas/domain/public-key.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const okp = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwkOf = ({ publicKey }: { publicKey: typeof rsa.publicKey }): JWK =>
  publicKey.export({ format: 'jwk' }) as JWK;
const EC = jwkOf(ec);
const OKP = jwkOf(okp);
const RSA = jwkOf(rsa);
const codeOf = (value: unknown) => {
  const key = parsePublicKey(value);
  return key.ok ? 'taken' : key.failure.code;
};

describe('a public key', () => {
  it.each([
    ['RSA', RSA, 'RS256'],
    ['EC', EC, 'ES256'],
    ['OKP', OKP, 'EdDSA'],
  ])('%s is kept under its thumbprint where it names no kid, and for one algorithm', async (_, jwk, alg) => {
    const kid = await calculateJwkThumbprint(jwk);
    expect(parsePublicKey(jwk)).toEqual({ ok: true, value: { kid, jwk: { ...jwk, kid, alg } } });
  });

  it('is kept under its own kid, with its alg, and without what does not belong to it', () => {
    const more = { use: 'sig', key_ops: ['verify'], ext: true, x5c: ['MII'], x5t: 'abc', nbf: 1 };
    const named = { ...RSA, kid: 'laptop_2026-11', alg: 'PS256' };
    expect(parsePublicKey({ ...named, ...more })).toEqual({
      ok: true,
      value: { kid: 'laptop_2026-11', jwk: named },
    });
  });

  it('is kept as it is written best: without leading zeros or padding bits', async () => {
    const n = Buffer.concat([Buffer.alloc(3), Buffer.from(RSA.n ?? '', 'base64url')]).toString('base64url');
    expect(parsePublicKey({ ...RSA, n })).toEqual(parsePublicKey(RSA));
  });

  it.each<[code: string, jwk: unknown]>([
    ['invalid_key', undefined],
    ['invalid_key', null],
    ['invalid_key', 'key'],
    ['invalid_key', []],
    ['invalid_key', {}],
    ['invalid_key', { ...EC, y: undefined }],
    ['invalid_key', { ...EC, y: EC.x }],
    ['invalid_key', { ...EC, x: `${EC.x}=` }],
    ['invalid_key', { ...EC, x: EC.x?.slice(1) }],
    ['invalid_key', { ...EC, alg: 'ES384' }],
    ['invalid_key', { ...EC, alg: 'HS256' }],
    ['invalid_key', { ...EC, alg: 'none' }],
    ['invalid_key', { ...RSA, alg: 'ES256' }],
    ['invalid_key', { ...RSA, use: 'enc' }],
    ['invalid_key', { ...RSA, n: '!' }],
    ['invalid_key', { ...RSA, n: RSA.n?.repeat(5) }],
    ['invalid_key', { ...RSA, kid: 7 }],
    ['private_key', rsa.privateKey.export({ format: 'jwk' })],
    ['private_key', ec.privateKey.export({ format: 'jwk' })],
    ['private_key', okp.privateKey.export({ format: 'jwk' })],
    ['private_key', { ...EC, d: '' }],
    ['private_key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['unsupported_key', { kty: 'oct' }],
    ['unsupported_key', { kty: 'constructor' }],
    ['unsupported_key', { ...EC, crv: 'P-384' }],
    ['unsupported_key', { ...EC, crv: 'secp256k1' }],
    ['unsupported_key', { ...EC, crv: undefined }],
    ['unsupported_key', { ...OKP, crv: 'X25519' }],
    ['weak_key', { ...RSA, n: RSA.n?.slice(0, 340) }],
    ['weak_key', { ...RSA, e: 'AQ' }],
    ['weak_key', { ...RSA, e: 'Ag' }],
    ['weak_key', { ...RSA, e: 'AQAAAAAB' }],
    ['invalid_kid', { ...EC, kid: '' }],
    ['invalid_kid', { ...EC, kid: 'password' }],
    ['invalid_kid', { ...EC, kid: 'a1b2c3d4' }],
    ['invalid_kid', { ...EC, kid: '../keys/1' }],
    ['invalid_kid', { ...EC, kid: 'a#b' }],
    ['invalid_kid', { ...EC, kid: 'a\n' }],
    ['invalid_kid', { ...EC, kid: 'x'.repeat(65) }],
  ])('is refused: %s, %j', (code, jwk) => {
    expect(codeOf(jwk)).toBe(code);
  });

  it('is refused, whatever else it is, without an exception and without a word of it', () => {
    const member = fc.oneof(fc.string({ unit: 'binary' }), fc.anything());
    const near = fc.record({
      kty: member,
      crv: member,
      x: member,
      y: member,
      n: member,
      e: member,
      kid: member,
    });
    const nearer = fc.record(
      { x: fc.base64String(), kid: fc.string({ unit: 'binary' }), d: member },
      { requiredKeys: [] },
    );
    const values = fc.oneof(
      fc.anything(),
      near,
      nearer.map((changes) => ({ ...EC, ...changes })),
    );
    fc.assert(
      fc.property(values, (value) => {
        const key = parsePublicKey(value);
        if (key.ok) expect(parsePublicKey(key.value.jwk)).toEqual(key);
        else expect(key.failure.detail).toMatch(/^(is|has|holds) [\x20-\x7e]{1,200}$/);
      }),
    );
  });
});

describe('keys of a set', () => {
  it('are all taken, or the first that is not is named', () => {
    expect(parseKeys([RSA, EC, OKP])).toMatchObject({
      ok: true,
      value: [{ jwk: RSA }, { jwk: EC }, { jwk: OKP }],
    });
    expect(parseKeys([EC, { ...OKP, crv: 'X25519' }])).toMatchObject({
      ok: false,
      failure: { code: 'unsupported_key', detail: expect.stringMatching(/^keys\[1\] is of another kind/) },
    });
  });

  it('have different ids, thumbprints included', () => {
    const duplicate = { ok: false, failure: { code: 'duplicate_kid' } };
    expect(parseKeys([EC, EC])).toMatchObject(duplicate);
    expect(
      parseKeys([
        { ...EC, kid: 'one' },
        { ...OKP, kid: 'one' },
      ]),
    ).toMatchObject(duplicate);
    expect(parseKeys([EC, { ...EC, kid: 'one' }])).toMatchObject({ ok: true });
  });
});
