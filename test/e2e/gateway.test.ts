import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { itUnless } from './differences.ts';
import { bearer, call, claimsOf, login, reader, tampered } from './support.ts';

const ROUTE = 'GET /protected-resource';

let token: string;
let claims: JWTPayload;
let kid: string;
let publicKey: string;

beforeAll(async () => {
  token = await login(reader.apiKey);
  claims = claimsOf(token) as JWTPayload;
  kid = String(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid);
  const { keys } = (await call('GET /.well-known/jwks.json')).json() as { keys: { kid: string }[] };
  const jwk = keys.find((key) => key.kid === kid);
  publicKey = await exportSPKI((await importJWK({ ...jwk }, 'RS256', { extractable: true })) as CryptoKey);
});

interface Attempt {
  headers?: Record<string, string>;
  query?: string;
}

/** What nobody may get through with, by name. */
const attempts: [name: string, attempt: () => Attempt | Promise<Attempt>][] = [
  ['no token', () => ({})],
  ['a token in the query', () => ({ query: `?access_token=${token}` })],
  ['garbage', () => presented('garbage')],
  ['a changed payload', () => presented(tampered(token, { scope: 'write:products' }))],
  ['a longer life than was signed', () => presented(tampered(token, { exp: 4_102_444_800 }))],
  ['another issuer', () => presented(tampered(token, { iss: 'https://issuer.example' }))],
  ['another audience', () => presented(tampered(token, { aud: 'somebody-else' }))],
  ["a stranger's signature under our kid", async () => presented(await signedByStranger())],
  ['a kid that is not ours', async () => presented(await signedByStranger({}, { kid: 'another' }))],
  ['alg none', () => presented(`${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(claims)}.`)],
  ['HS256, signed with the public key', () => presented(signedWithPublicKey())],
  ['an expired token', async () => presented(await expired())],
];

describe('what the gateway refuses, before any code runs', () => {
  const answerTo = async (attempt: Attempt) =>
    call(ROUTE + (attempt.query ?? ''), { headers: attempt.headers ?? {} });

  for (const [name, attempt] of attempts) {
    it(name, async () => {
      const answer = await answerTo(await attempt());
      expect(answer.status).toBe(401);
      expect(answer.json()).toEqual({ message: 'Unauthorized' });
    });

    itUnless('no-challenge', `${name}: with a challenge`, async () => {
      const answer = await answerTo(await attempt());
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    });
  }
});

describe('what the gateway lets through', () => {
  it('a bare token, without the word Bearer', async () => {
    expect((await call(ROUTE, { headers: { authorization: await login(reader.apiKey) } })).status).toBe(200);
  });

  it('nothing under a path that is no route', async () => {
    const answer = await call('GET /nowhere');
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({ message: 'Not Found' });
  });
});

const presented = (credentials: string): Attempt => ({ headers: bearer(credentials) });

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function signedByStranger(change: JWTPayload = {}, header: Record<string, unknown> = {}) {
  const { privateKey } = await generateKeyPair('RS256');
  return new SignJWT({ ...claims, ...change })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, ...header })
    .sign(privateKey);
}

function signedWithPublicKey(): string {
  const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', publicKey).update(input).digest('base64url')}`;
}

async function expired(): Promise<string> {
  const brief = await login(reader.apiKey, { expiresIn: 1 });
  await new Promise((resolve) => setTimeout(resolve, 2100));
  return brief;
}
