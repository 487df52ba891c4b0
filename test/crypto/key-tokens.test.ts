/** Tokens that are signed and verified with keys of the ring. */
import fc from 'fast-check';
import { importJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import type { SigningKey } from '../../lambdas/crypto/signing-keys.ts';
import { verifyToken } from '../../lambdas/crypto/verify-token.ts';
import { type KeyMaterial, publicJwk } from '../../lambdas/domain/key-ring.ts';
import { NOW } from '../support/clock.ts';

const ISSUER = 'https://api.example.com';
const claims = {
  iss: ISSUER,
  aud: 'orders',
  sub: 'alice',
  client_id: 'alice',
  jti: '019aa000-0000-7000-8000-000000000001',
  iat: NOW / 1000,
  nbf: NOW / 1000,
  exp: NOW / 1000 + 900,
};

let material: KeyMaterial;
let key: SigningKey;
let stranger: SigningKey;
beforeAll(async () => {
  material = await createKey();
  key = await signingKey(material);
  stranger = await signingKey(await createKey());
});

const signingKey = async ({ kid, privateJwk }: KeyMaterial): Promise<SigningKey> => ({
  kid,
  key: (await importJWK({ ...privateJwk }, 'RS256')) as SigningKey['key'],
});

const verify = (
  token: string,
  options: { now?: number; acceptExpired?: boolean; issuer?: string; audience?: string } = {},
) =>
  verifyToken(token, {
    jwks: { keys: [publicJwk(material)] },
    issuer: ISSUER,
    audience: 'orders',
    now: NOW,
    ...options,
  });

const failure = (name: string) => ({ ok: false, failure: name });

describe('a token', () => {
  it('has the header of RFC 9068 and the claims that were given, nothing else', async () => {
    const token = await signToken(claims, key);
    const [header = '', payload = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'RS256',
      typ: 'at+jwt',
      kid: material.kid,
    });
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual(claims);
  });

  it('is verified to its claims and its key', async () => {
    const token = await signToken(claims, key);
    expect(await verify(token)).toEqual({ ok: true, value: { kid: material.kid, claims } });
  });

  it('is expired at its very second, and accepted all the same where its age does not matter', async () => {
    const token = await signToken(claims, key);
    expect((await verify(token, { now: claims.exp * 1000 - 1 })).ok).toBe(true);
    expect(await verify(token, { now: claims.exp * 1000 })).toEqual(failure('expired'));
    expect(await verify(token, { now: claims.exp * 1000, acceptExpired: true })).toMatchObject({ ok: true });
  });

  it('is not valid before its time', async () => {
    expect(await verify(await signToken(claims, key), { now: NOW - 1000 })).toEqual(failure('not_yet_valid'));
  });

  it('of another issuer or audience is refused, exactly, expired or not', async () => {
    const token = await signToken(claims, key);
    const late = { now: claims.exp * 1000, acceptExpired: true };
    expect(await verify(token, { issuer: `${ISSUER}/` })).toEqual(failure('wrong_issuer'));
    expect(await verify(token, { ...late, audience: 'Orders' })).toEqual(failure('wrong_audience'));
  });

  it('of an unknown key, or signed by another than it names, is refused, expired or not', async () => {
    const late = { now: claims.exp * 1000, acceptExpired: true };
    expect(await verify(await signToken(claims, stranger), late)).toEqual(failure('unknown_key'));
    const posing = await signToken(claims, { ...stranger, kid: material.kid });
    expect(await verify(posing, late)).toEqual(failure('bad_signature'));
  });

  it('with a changed payload is refused', async () => {
    const [header, , signature] = (await signToken(claims, key)).split('.');
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'bob' })).toString('base64url');
    expect(await verify(`${header}.${changed}.${signature}`)).toEqual(failure('bad_signature'));
  });

  it('of another type, algorithm, or without a key id is refused', async () => {
    const sign = (header: { alg: string; typ?: string; kid?: string }) =>
      new SignJWT(claims).setProtectedHeader(header).sign(key.key);
    expect(await verify(await sign({ alg: 'RS256', typ: 'JWT', kid: key.kid }))).toEqual(
      failure('wrong_type'),
    );
    expect(await verify(await sign({ alg: 'RS256', kid: key.kid }))).toEqual(failure('wrong_type'));
    expect(await verify(await sign({ alg: 'RS256', typ: 'at+jwt' }))).toEqual(failure('malformed'));
    const hmac = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: key.kid });
    const confused = await hmac.sign(new TextEncoder().encode(JSON.stringify(publicJwk(material))));
    expect(await verify(confused)).toMatchObject({ ok: false });
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: key.kid })).toString(
      'base64url',
    );
    expect(await verify(`${none}.${confused.split('.')[1]}.`)).toMatchObject({ ok: false });
  });

  it('that lacks a claim of ours, or has it in another form, is refused', async () => {
    for (const name of ['sub', 'client_id', 'jti', 'iat', 'exp'] as const) {
      const { [name]: _, ...rest } = claims;
      expect(await verify(await signToken(rest, key))).toEqual(failure('wrong_claims'));
    }
    const odd = { ...claims, client_id: ['alice'] };
    expect(await verify(await signToken(odd, key))).toEqual(failure('wrong_claims'));
  });

  it('is malformed where it is anything else, and nothing makes the verification throw', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.json(), fc.json())
        .map(([header, payload]) => `${base64url(header)}.${base64url(payload)}.AAAA`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect((await verify(token)).ok).toBe(false);
      }),
    );
  });

  it('with one character changed is refused', async () => {
    const token = await signToken(claims, key);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 2),
        fc.constantFrom('A', 'b', '9', '_', '.'),
        async (at, character) => {
          fc.pre(token[at] !== character);
          expect((await verify(token.slice(0, at) + character + token.slice(at + 1))).ok).toBe(false);
        },
      ),
    );
  });
});

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
