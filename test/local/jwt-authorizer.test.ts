import { createHmac } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKeyCache, JWKS_LIFETIME } from '../../local/jwks.ts';
import { createJwtAuthorizer } from '../../local/jwt-authorizer.ts';
import { HOUR, SECOND, testClock } from '../support/clock.ts';

type Claims = Record<string, unknown>;
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer whose keys and behaviour each test can change. */
interface Issuer {
  url: string;
  keys: unknown[];
  fetches: number;
  answer: RequestListener | undefined;
  server: Server;
}

let ours: Pair;
let theirs: Pair;
let issuer: Issuer;
let clock: ReturnType<typeof testClock>;
let authorize: ReturnType<typeof createJwtAuthorizer>;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([keyPair(), keyPair()]);
});

beforeEach(async () => {
  issuer = await startIssuer([
    { ...(await exportJWK(ours.publicKey)), kid: 'one', use: 'sig', alg: 'RS256' },
  ]);
  clock = testClock();
  authorize = createJwtAuthorizer(createKeyCache(clock), clock);
});

afterEach(() => {
  issuer.server.closeAllConnections();
  issuer.server.close();
});

describe('a token that is admitted', () => {
  it('comes bare or after Bearer', async () => {
    const token = await sign();
    expect((await decide(token)).admitted).toBe(true);
    expect((await decide(`Bearer ${token}`)).admitted).toBe(true);
  });

  it('reaches the function with every claim as a string, an array as [a b]', async () => {
    const decision = await decide(await sign({ roles: ['a', 'b'], level: 3, admin: true }));
    expect(decision).toMatchObject({
      context: { jwt: { claims: { roles: '[a b]', level: '3', admin: 'true', exp: expect.any(String) } } },
    });
  });

  it('has its scopes in the context of a route with scopes, and null on one without', async () => {
    const token = await sign({ scope: 'read:products read:usage' });
    expect(await decide(token, ['read:products'])).toMatchObject({
      context: { jwt: { scopes: ['read:products', 'read:usage'] } },
    });
    expect(await decide(token)).toMatchObject({ context: { jwt: { scopes: null } } });
  });

  it('needs one of the scopes of the route, in scope or scp', async () => {
    expect((await decide(await sign({ scope: 'b' }), ['a', 'b'])).admitted).toBe(true);
    expect((await decide(await sign({ scope: undefined, scp: ['a'] }), ['a', 'b'])).admitted).toBe(true);
  });

  it('may have client_id for an audience where aud is absent', async () => {
    expect((await decide(await sign({ aud: undefined, client_id: 'tollgate' }))).admitted).toBe(true);
    expect((await decide(await sign({ aud: ['other', 'tollgate'] }))).admitted).toBe(true);
  });
});

describe('401 with a challenge', () => {
  it('Bearer alone, without a token', async () => {
    expect(await challengeOf(undefined)).toBe('Bearer');
    expect(await challengeOf('Bearer ')).toBe('Bearer');
  });

  it('says what is wrong with the segments', async () => {
    expect(await challengeOf('garbage')).toBe(
      'Bearer scope="" error="invalid_token" error_description="token contains an invalid number of segments"',
    );
  });

  it('says that the audience is wrong, and does not look at client_id beside an aud', async () => {
    const expected = 'error_description="the token does not have a valid audience"';
    expect(await challengeOf(await sign({ aud: 'other' }))).toContain(expected);
    expect(await challengeOf(await sign({ aud: 'other', client_id: 'tollgate' }))).toContain(expected);
  });

  it.each<[string, Claims]>([
    ['another issuer', { iss: 'http://127.0.0.1:1' }],
    ['an issuer with a slash more', { slash: true }],
    ['expired in this second', { exp: seconds() }],
    ['without exp', { exp: undefined }],
    ['not yet valid', { nbf: seconds() + 1 }],
    ['issued in the future', { iat: seconds() + 1 }],
  ])('for a token: %s', async (_, { slash, ...claims }: Claims) => {
    const changed = slash === true ? { iss: `${issuer.url}/` } : claims;
    expect(await challengeOf(await sign(changed))).toMatch(/^Bearer scope="" error="invalid_token"/);
  });

  it('for alg none', async () => {
    const [, payload] = (await sign()).split('.');
    const header = Buffer.from('{"alg":"none","kid":"one"}').toString('base64url');
    expect(await challengeOf(`${header}.${payload}.`)).toContain('invalid_token');
  });

  it('for HS256 signed with the public key', async () => {
    const [, payload] = (await sign()).split('.');
    const input = `${Buffer.from('{"alg":"HS256","kid":"one"}').toString('base64url')}.${payload}`;
    const signature = createHmac('sha256', await exportSPKI(ours.publicKey))
      .update(input)
      .digest('base64url');
    expect(await challengeOf(`${input}.${signature}`)).toContain('invalid_token');
  });

  it('for another kid, no kid, and the signature of another key under our kid', async () => {
    expect(await challengeOf(await sign({}, { kid: 'two' }))).toContain('invalid_token');
    expect(await challengeOf(await sign({}, { kid: undefined }))).toContain('invalid_token');
    expect(await challengeOf(await sign({}, {}, theirs))).toContain('invalid_token');
  });

  it('for a changed payload', async () => {
    const [header, payload = '', signature] = (await sign()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, scope: 'admin' })).toString('base64url');
    expect(await challengeOf(`${header}.${forged}.${signature}`)).toContain('invalid_token');
  });

  it('for a key that is not RSA, whatever its kid', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    issuer.keys = [{ ...(await exportJWK(publicKey)), kid: 'one' }];
    expect(await challengeOf(await sign())).toContain('invalid_token');
  });

  it('for two tokens in one header', async () => {
    const token = await sign();
    expect(await challengeOf(`Bearer ${token},Bearer ${token}`)).toContain('invalid number of segments');
  });
});

describe('403', () => {
  it('without one of the scopes, also where a scope only begins alike', async () => {
    for (const scope of ['', 'read', 'read:products:all', 'xread:products', 'read:usage']) {
      const decision = await decide(await sign({ scope }), ['read:products']);
      expect(decision).toMatchObject({ admitted: false, response: { status: 403 } });
      expect(bodyOf(decision)).toBe('{"message":"Forbidden"}');
    }
  });
});

describe('the keys of the issuer', () => {
  it('are kept for two hours, without a fetch for a kid that is new', async () => {
    await decide(await sign());
    const fresh = { ...(await exportJWK(theirs.publicKey)), kid: 'two' };
    issuer.keys = [...issuer.keys, fresh];
    clock.advance(JWKS_LIFETIME - SECOND);
    const token = () => sign({}, { kid: 'two' }, theirs);
    expect((await decide(await token())).admitted).toBe(false);
    expect(issuer.fetches).toBe(2);
    clock.advance(SECOND);
    expect((await decide(await token())).admitted).toBe(true);
    expect(JWKS_LIFETIME).toBe(2 * HOUR);
  });

  it('are fetched once for many requests at once', async () => {
    const token = await sign();
    await Promise.all(Array.from({ length: 20 }, () => decide(token)));
    expect(issuer.fetches).toBe(2);
  });

  it('are fetched again after a failure, which is not kept', async () => {
    issuer.answer = (_, response) => response.writeHead(500).end();
    expect(await decide(await sign())).toMatchObject({
      admitted: false,
      reason: 'OIDC discovery endpoint communication error',
    });
    issuer.answer = undefined;
    expect((await decide(await sign())).admitted).toBe(true);
  });

  it('are not there where the issuer takes longer than 1.5 s', async () => {
    issuer.answer = () => undefined;
    const started = performance.now();
    expect(await decide(await sign())).toMatchObject({ admitted: false, response: { status: 401 } });
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('are not there where the issuer is unreachable', async () => {
    issuer.server.closeAllConnections();
    await new Promise((closed) => issuer.server.close(closed));
    expect(await decide(await sign())).toMatchObject({
      reason: 'OIDC discovery endpoint communication error',
    });
  });

  it('are not read from a JWKS of more than 150,000 bytes, nor from one that is none', async () => {
    issuer.keys = [...issuer.keys, { kty: 'RSA', kid: 'x'.repeat(150_000) }];
    expect(await decide(await sign())).toMatchObject({ reason: 'JWKS communication error' });
    issuer.keys = ['not a key'];
    expect(await decide(await sign())).toMatchObject({ reason: 'JWKS communication error' });
  });
});

function keyPair() {
  return generateKeyPair('RS256', { extractable: true });
}

function seconds() {
  return Math.floor(testClock()() / SECOND);
}

function decide(authorization: string | undefined, scopes: string[] = []) {
  return authorize(authorization, { issuer: issuer.url, audience: ['tollgate'] }, scopes);
}

async function challengeOf(authorization: string | undefined): Promise<string | undefined> {
  const decision = await decide(authorization);
  expect(decision).toMatchObject({ admitted: false, response: { status: 401 } });
  expect(bodyOf(decision)).toBe('{"message":"Unauthorized"}');
  return decision.admitted ? undefined : decision.response.headers['www-authenticate'];
}

function bodyOf(decision: Awaited<ReturnType<typeof authorize>>): string {
  return decision.admitted ? '' : decision.response.body.toString();
}

function sign(claims: Claims = {}, header: { kid?: string | undefined } = {}, pair = ours) {
  const now = seconds();
  const payload = {
    iss: issuer.url,
    aud: 'tollgate',
    sub: 'someone',
    scope: 'read:products',
    iat: now,
    nbf: now,
    exp: now + 24 * 3600,
    ...claims,
  };
  const kid = 'kid' in header ? header.kid : 'one';
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...(kid !== undefined && { kid }) })
    .sign(pair.privateKey);
}

async function startIssuer(keys: unknown[]): Promise<Issuer> {
  const server = createServer((request, response) => {
    started.fetches += 1;
    if (started.answer !== undefined) return started.answer(request, response);
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: started.url, jwks_uri: `${started.url}/keys` },
      '/keys': { keys: started.keys },
    };
    return response.end(JSON.stringify(documents[request.url ?? '']));
  });
  const started: Issuer = { url: '', keys, fetches: 0, answer: undefined, server };
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  started.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return started;
}
