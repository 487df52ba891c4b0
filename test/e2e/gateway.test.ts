import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { bearer, call, claimsOf, login, reader, tampered } from './support.ts';

const ROUTE = 'GET /protected-resource';

describe('what the gateway refuses, before any code runs', () => {
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

  const refused = async (headers: Record<string, string>, path = ROUTE) => {
    const answer = await call(path, { headers });
    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({ message: 'Unauthorized' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  };

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  const signedByStranger = async (change: JWTPayload = {}, header: Record<string, unknown> = {}) => {
    const { privateKey } = await generateKeyPair('RS256');
    return new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, ...header })
      .sign(privateKey);
  };

  it('no token', () => refused({}));
  it('a token in the query', () => refused({}, `${ROUTE}?access_token=${token}`));
  it('garbage', () => refused(bearer('garbage')));
  it('a changed payload', () => refused(bearer(tampered(token, { scope: 'write:products' }))));
  it('a longer life than was signed', () => refused(bearer(tampered(token, { exp: 4_102_444_800 }))));
  it('another issuer', () => refused(bearer(tampered(token, { iss: 'https://issuer.example' }))));
  it('another audience', () => refused(bearer(tampered(token, { aud: 'somebody-else' }))));
  it("a stranger's signature under our kid", async () => refused(bearer(await signedByStranger())));
  it('a kid that is not ours', async () => refused(bearer(await signedByStranger({}, { kid: 'another' }))));
  it('alg none', () => refused(bearer(`${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(claims)}.`)));
  it('HS256, signed with the public key', () => {
    const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims)}`;
    const signature = createHmac('sha256', publicKey).update(input).digest('base64url');
    return refused(bearer(`${input}.${signature}`));
  });

  it('an expired token', async () => {
    const brief = await login(reader.apiKey, { expiresIn: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await refused(bearer(brief));
  });
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
