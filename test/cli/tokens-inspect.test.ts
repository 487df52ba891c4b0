import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rsaKey } from '../support/rsa.ts';
import { operated } from './operated.ts';
import type { SeenRequest } from './operator-api.ts';

const ISSUER = 'https://api.example.com';
const KID = 'k'.repeat(43);
const [NOW] = [Math.floor(Date.now() / 1000)];
const claims = {
  ...{ iss: ISSUER, aud: 'tollgate', sub: 'alice', client_id: 'web', credential_id: 'a1b2c3d4' },
  ...{ jti: '019aa000-0000-7000-8000-000000000001', txn: 't-1', scope: 'read:products', tenant: 'acme' },
  ...{ iat: NOW - 60, nbf: NOW - 60, exp: NOW + 840 },
};
const security = (...alternatives: string[][]) => ({
  security: alternatives.flatMap((scopes) => [{ oauth2: scopes }, { accessToken: scopes }]),
});
const paths = {
  '/products/{name}': { get: security(['read:products']), post: security(['write:products'], ['admin']) },
  '/orders': { get: security(['read:products', 'read:orders']) },
  '/any': { get: security([]) },
  '/admin/clients': { get: { security: [{ awsSigV4: [] }] } },
  '/docs': { get: { security: [] } },
};

const { api, place } = await operated();
let sign: (
  changes?: Record<string, unknown>,
  header?: Record<string, string>,
  name?: string,
) => Promise<string>;
let jwks: object;
/** What is revoked, by the query that asks for it. */
const revoked = new Map<string, object>();
beforeAll(async () => {
  const { n, e } = await exportJWK((await rsaKey('own')).publicKey);
  jwks = { keys: [{ kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid: KID }] };
  sign = async (changes = {}, header = {}, name = 'own') =>
    new SignJWT(JSON.parse(JSON.stringify({ ...claims, ...changes })))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: KID, ...header })
      .sign((await rsaKey(name)).privateKey);
});
beforeEach(() => {
  revoked.clear();
  api.serve(async (request) => ({ status: 200, body: bodyFor(request) }));
  api.take();
});

function bodyFor({ path }: SeenRequest): unknown {
  if (path === '/.well-known/openid-configuration') return { issuer: ISSUER };
  if (path === '/.well-known/jwks.json') return jwks;
  if (path === '/openapi.json') return { openapi: '3.1.0', paths };
  const query = decodeURIComponent(path.split('?')[1] ?? '');
  return { revoked: false, target: { kind: 'x', id: 'y' }, ...revoked.get(query) };
}

const inspect = (token: string, ...args: string[]) =>
  place.runHere(['tokens', 'inspect', '--local', ...args], { TOLLGATE_TOKEN: token });
const codes = async (token: string, ...args: string[]) => {
  const { code, stdout } = await inspect(token, '--json', ...args);
  const { accepted, refusals } = JSON.parse(stdout);
  expect(accepted).toBe(refusals.length === 0);
  return {
    exit: code,
    codes: refusals.map(({ by, code: reason }: { by: string; code: string }) => `${by} ${reason}`),
  };
};

describe('tollgate tokens inspect', () => {
  it('0: shows what the token says, and that it would be accepted; it is sent nowhere', async () => {
    const token = await sign();
    const { code, stdout, stderr } = await place.runHere(
      ['tokens', 'inspect', '--local', '--route', 'GET /products/{name}'],
      { TOLLGATE_TOKEN: `Bearer ${token}` },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`kid            ${KID}\n`);
    expect(stdout).toContain(`exp            ${claims.exp} (${new Date(claims.exp * 1000).toISOString()})\n`);
    expect(stdout).toMatch(
      /\n\nIt would be accepted by GET \/products\/\{name\}, by all that can be told from here\.\n$/,
    );
    const seen = api.take();
    expect(JSON.stringify(seen)).not.toContain(token);
    const asked = seen.filter(({ path }) => path.startsWith('/admin/'));
    expect(asked.every(({ signed, method }) => signed && method === 'GET')).toBe(true);
    expect(asked.map(({ path }) => decodeURIComponent(path.split('?')[1] ?? '')).sort()).toEqual([
      'client_id=web',
      'client_id=web&credential_id=a1b2c3d4',
      `jti=${claims.jti}`,
      `kid=${KID}`,
      'subject=alice',
      'tenant=acme',
    ]);
  });

  it.each([
    ['expired', { exp: NOW - 3600 }, 'gateway expired'],
    ['begins later', { nbf: NOW + 600 }, 'gateway not_yet_valid'],
    ['was issued in the future', { iat: NOW + 600 }, 'gateway not_yet_valid'],
    ['is for somebody else', { aud: 'other' }, 'gateway wrong_audience'],
    ['is of somebody else', { iss: 'https://other.example' }, 'gateway wrong_issuer'],
    ['lacks what the guard needs', { txn: undefined, jti: '' }, 'guard missing_claims'],
    [
      'has a lineage that cannot be read',
      { lineage: 'credential:a%2Fb@1 nonsense' },
      'guard invalid_lineage',
    ],
  ])('4: says so where the token %s', async (_, changes, reason) => {
    expect(await codes(await sign(changes))).toEqual({ exit: 4, codes: [reason] });
  });

  it.each([
    ['unknown key', { kid: 'x'.repeat(43) }, 'own', ['gateway unknown_key']],
    ['signature', {}, 'foreign', ['gateway bad_signature']],
    ['type', { typ: 'JWT' }, 'own', ['guard wrong_type']],
  ])('4: says so where the %s is wrong', async (_, header, name, reasons) => {
    expect(await codes(await sign({}, header as Record<string, string>, name))).toEqual({
      exit: 4,
      codes: reasons,
    });
  });

  it('4: says all that is wrong at once, in words', async () => {
    const { code, stdout, stderr } = await inspect(
      await sign({ exp: NOW - 7200, aud: 'a\u001b[2Jb' }),
      '--route',
      'POST /products/{name}',
    );
    expect(code).toBe(4);
    expect(stdout).toContain(
      'The gateway refuses it by POST /products/{name}: it is for "a [2Jb", and here the audience is "tollgate".\n',
    );
    expect(stdout).toMatch(/it expired at \S+Z, 2 h ago\.\n/);
    expect(stdout).toContain('asks for "write:products, or admin", and it has "read:products".\n');
    expect(stderr).toMatch(/The token would be refused\.\nGive --audience/);
  });

  it.each([
    ['GET /products/{name}', []],
    ['GET /any', []],
    ['POST /products/{name}', ['gateway insufficient_scope']],
    ['GET /orders', ['guard insufficient_scope']],
    ['GET /admin/clients', ['gateway not_for_tokens']],
    ['GET /docs', ['gateway not_for_tokens']],
  ])('tells whether it opens %s', async (route, reasons) => {
    expect((await codes(await sign(), '--route', route)).codes).toEqual(reasons);
  });

  it.each([
    ['its client, up to its second', 'client_id=web', { issued_before: NOW - 60 }, true],
    ['its client, up to the second before', 'client_id=web', { issued_before: NOW - 61 }, false],
    ['itself, whenever', `jti=${claims.jti}`, {}, true],
    ['what it was exchanged from', 'jti=019aa000-0000-7000-8000-000000000009', {}, true],
    ['the client of that, up to when that was issued', 'client_id=app', { issued_before: NOW - 600 }, true],
    ['the client of that, up to before', 'client_id=app', { issued_before: NOW - 601 }, false],
    [
      'a federated credential',
      'client_id=app&credential_id=https://idp.example/x',
      { issued_before: NOW },
      true,
    ],
  ])('finds a revocation of %s', async (_, query, found, refused) => {
    const lineage = [
      'token:019aa000-0000-7000-8000-000000000009',
      `client:app@${NOW - 600}`,
      `credential:app%2Fhttps%3A%2F%2Fidp.example%2Fx@${NOW - 600}`,
    ].join(' ');
    revoked.set(query, { revoked: true, revoked_at: '2026-11-22T12:00:00.000Z', reason: 'leaked', ...found });
    const { code, stdout } = await inspect(await sign({ lineage }));
    expect(code).toBe(refused ? 4 : 0);
    if (refused)
      expect(stdout).toMatch(
        /The guard refuses it: .* is revoked since 2026-11-22T12:00:00\.000Z \(it has leaked\)\./,
      );
  });

  it('asks for no revocation of a token that this deployment did not sign', async () => {
    await inspect(await sign({}, {}, 'foreign'));
    expect(api.take().some(({ path }) => path.startsWith('/admin/'))).toBe(false);
  });

  it('reads the token of a file too', async () => {
    await writeFile(join(place.folder, 'token.txt'), `${await sign()}\n`);
    expect(await place.runHere(['tokens', 'inspect', 'token.txt', '--local'])).toMatchObject({ code: 0 });
  });

  it('2: refuses what is no token, a file that is not there, a token as an argument, and a route that is none', async () => {
    const token = await sign();
    const refusals: [string[], string, RegExp][] = [
      [[], 'no token', /That is no token/],
      [['nowhere.txt'], '', /nowhere\.txt cannot be read/],
      [[token], '', /stood on the command line/],
      [['--route', 'products'], token, /a method and a path/],
      [['--route', 'GET /nowhere'], token, /There is no such route/],
    ];
    for (const [args, text, says] of refusals) {
      const { code, stdout, stderr } = await inspect(text, ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(says);
      expect(stderr).not.toContain(token);
    }
  });

  it('1: takes no answer that is none of ours', async () => {
    api.answer(200, '<html>');
    expect(await inspect(await sign())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Tollgate's"),
    });
  });
});
