import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { verificationKey } from '../../../lambdas/domain/trust/verification-key.ts';

let ec: Record<string, unknown>;
let ed: Record<string, unknown>;
let privateEc: Record<string, unknown>;
/** Not two primes, but of their size: nobody asks. */
const rsa = (bytes: number, e = 'AQAB') => ({
  kty: 'RSA',
  n: Buffer.alloc(bytes, 0xfb).toString('base64url'),
  e,
});

beforeAll(async () => {
  const [pair, edwards] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('EdDSA'),
  ]);
  ec = { ...(await exportJWK(pair.publicKey)) };
  ed = { ...(await exportJWK(edwards.publicKey)) };
  privateEc = { ...(await exportJWK(pair.privateKey)) };
});

describe('a key to verify with', () => {
  it('keeps what it takes, and drops the rest', () => {
    const given = { ...ec, kid: 'a', alg: 'ES256', use: 'sig', key_ops: ['verify'], x5c: ['MII'], x5t: 'x' };
    expect(verificationKey(given)).toEqual({ ...ec, kid: 'a', alg: 'ES256', use: 'sig' });
    expect(verificationKey(ed)).toEqual({ ...ed, use: 'sig' });
    expect(verificationKey(rsa(256))).toEqual({ ...rsa(256), use: 'sig' });
    expect(verificationKey(rsa(1024))).toBeDefined();
  });

  it('does not count a leading zero as strength', () => {
    const n = Buffer.concat([Buffer.alloc(129), Buffer.alloc(127, 0xfb)]).toString('base64url');
    expect(verificationKey({ kty: 'RSA', n, e: 'AQAB' })).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ['RSA of 1024 bits', () => rsa(128)],
    ['RSA of more than 8192 bits', () => rsa(1025)],
    ['RSA of an exponent that signs nothing', () => rsa(256, 'AQ')],
    ['RSA of an even exponent', () => rsa(256, 'Ag')],
    ['a symmetric one', () => ({ kty: 'oct', k: 'AAAA' })],
    ['a private one', () => privateEc],
    ['one with a private member that is null', () => ({ ...ec, d: null })],
    ['one for encryption', () => ({ ...ec, use: 'enc' })],
    ['one that signs only', () => ({ ...ec, key_ops: ['sign'] })],
    ['one of a curve that is not for signatures here', () => ({ ...ec, crv: 'secp256k1' })],
    ['one of X25519', () => ({ ...ed, crv: 'X25519' })],
    ['a point that is not on its curve', () => ({ ...ec, x: ed.x })],
    ['one of an algorithm that is symmetric', () => ({ ...ec, alg: 'HS256' })],
    ['one of no algorithm', () => ({ ...ec, alg: 'none' })],
    ['one whose kid is no string', () => ({ ...ec, kid: 7 })],
    ['one with an endless kid', () => ({ ...ec, kid: 'x'.repeat(257) })],
    ['an empty object', () => ({})],
    ['null', () => null],
    ['a text', () => 'key'],
  ])('is not %s', (_, key) => expect(verificationKey(key())).toBeUndefined());
});
