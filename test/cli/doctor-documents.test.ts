/** Discovery and keys, as the doctor sees them: real servers, each broken in one way. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { ownRoutes } from '../../cli/doctor/routes.ts';
import { type Deployment, deploymentForEach, diagnose, json, notOk } from './deployment.ts';

const OPENID = 'GET /.well-known/openid-configuration';
const OAUTH = 'GET /.well-known/oauth-authorization-server';
const JWKS = 'GET /.well-known/jwks.json';

const sick = deploymentForEach();
/** Without most of the samples: what routes refuse has a file of its own. */
const few = { routes: ownRoutes.filter(({ key, access }) => access !== 'token' || key === 'GET /usage') };
const diagnosis = async () => notOk(await diagnose(sick.it, few));

describe('a healthy deployment', () => {
  it('has nothing wrong, and each sentence has a group and an id of its own', async () => {
    const checks = await diagnose(sick.it);
    expect(notOk(checks)).toEqual([]);
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const { status, next } of checks) expect(next === undefined).toBe(status === 'ok');
  });

  it('is sent no body but the name of a grant, no valid token, and nothing with a side effect but unauthenticated', async () => {
    await diagnose(sick.it);
    const seen = sick.it.take();
    const bodies = seen.filter(({ headers }) => Number(headers['content-length'] ?? 0) > 0);
    expect(bodies.map(({ key, headers }) => [key, headers['content-length']])).toEqual([
      ['POST /oauth2/token', String('grant_type=client_credentials'.length)],
    ]);
    const tokens = seen.flatMap(
      ({ headers }) => /^Bearer (ey.*)$/.exec(headers.authorization ?? '')?.[1] ?? [],
    );
    expect(new Set(tokens.map((token) => decodeProtectedHeader(token).alg))).toEqual(
      new Set(['none', 'HS256', 'RS256']),
    );
  });
});

describe('discovery', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['an issuer with a slash at the end', { issuer: '/' }, ['discovery.issuer failed']],
    ['another issuer', { issuer: 'https://elsewhere.example' }, ['discovery.issuer failed']],
    ['no issuer', { issuer: undefined }, ['discovery.issuer failed']],
    ['keys elsewhere', { jwks_uri: 'https://elsewhere.example/jwks' }, ['discovery.jwks-uri failed']],
    ['keys without https', { jwks_uri: 'http://elsewhere.example/jwks' }, ['discovery.jwks-uri failed']],
    ['keys nowhere', { jwks_uri: 7 }, ['discovery.jwks-uri failed']],
    ['no token endpoint', { token_endpoint: undefined }, ['discovery.endpoints failed']],
    [
      'an endpoint elsewhere',
      { revocation_endpoint: 'https://elsewhere.example/oauth2/revoke' },
      ['discovery.endpoints failed'],
    ],
    ['an endpoint that is no URL', { introspection_endpoint: 7 }, ['discovery.endpoints failed']],
  ])('%s', async (_, change, expected) => {
    const issuer = change.issuer === '/' ? { issuer: `${sick.it.url}/` } : {};
    sick.it.discovery = { ...sick.it.discovery, ...change, ...issuer };
    expect(await diagnosis()).toEqual(expected);
  });

  it('keys at another path of the issuer are those that are looked at', async () => {
    sick.it.discovery = { ...sick.it.discovery, jwks_uri: `${sick.it.url}/keys.json` };
    sick.it.break('GET /keys.json', (_, response) => json(response, 200, { keys: [] }));
    expect(await diagnosis()).toEqual(['keys.jwks.cache warning', 'keys.count failed']);
  });

  it('two documents that differ', async () => {
    sick.it.break(OAUTH, (_, response) =>
      json(
        response,
        200,
        { ...sick.it.discovery, scopes_supported: ['x'] },
        { 'cache-control': 'max-age=60' },
      ),
    );
    const checks = await diagnose(sick.it, few);
    expect(notOk(checks)).toEqual(['discovery.same failed']);
    expect(checks.find(({ id }) => id === 'discovery.same')?.says).toContain('scopes_supported');
  });

  it('no second document', async () => {
    sick.it.break(OAUTH, (_, response) => json(response, 404, { message: 'Not Found' }));
    expect(await diagnosis()).toEqual(['discovery.oauth.document failed', 'discovery.oauth.cache warning']);
  });

  it.each([
    ['HTML', 200, { 'content-type': 'text/html' }, '<html>a login page</html>'],
    ['invalid JSON', 200, { 'content-type': 'application/json' }, '{"issuer": '],
    ['an array', 200, { 'content-type': 'application/json' }, '[]'],
    ['JSON that says it is text', 200, { 'content-type': 'text/plain' }, '{}'],
    ['a redirect to itself', 302, { location: '/.well-known/openid-configuration' }, ''],
    ['an error', 503, { 'content-type': 'application/json' }, '{}'],
  ])('%s', async (_, status, headers, body) => {
    sick.it.break(OPENID, (_request, response) => {
      response
        .writeHead(status, { 'cache-control': 'no-store', ...(headers as Record<string, string>) })
        .end(body);
    });
    expect(await diagnosis()).toContain('discovery.openid.document failed');
    expect(sick.it.take().filter(({ key }) => key === OPENID)).toHaveLength(5);
  });

  it.each([
    [1050, 'warning'],
    [1550, 'failed'],
  ])('a cold start that takes %i ms', async (milliseconds, status) => {
    let asked = 0;
    sick.it.break(OPENID, (_, response) => {
      const answer = () => json(response, 200, sick.it.discovery, { 'cache-control': 'no-store' });
      asked += 1;
      if (asked === 1) setTimeout(answer, milliseconds);
      else answer();
    });
    const checks = await diagnose(sick.it, few);
    expect(notOk(checks)).toEqual([`discovery.openid.speed ${status}`]);
    expect(checks.find(({ id }) => id === 'discovery.openid.speed')?.next).toContain('a cold start');
  });

  it.each([
    ['max-age=86400', 'failed'],
    ['public, s-maxage=7200, max-age=60', 'failed'],
    ['public', 'warning'],
  ])('Cache-Control: %s', async (control, status) => {
    sick.it.break(JWKS, (_, response) =>
      json(response, 200, { keys: sick.it.keys }, { 'cache-control': control }),
    );
    expect(await diagnosis()).toEqual([`keys.jwks.cache ${status}`]);
  });
});

describe('keys', () => {
  it.each<[string, (keys: Record<string, unknown>[]) => unknown, string[]]>([
    ['none', () => [], ['keys.count failed']],
    ['no list', () => 'none', ['keys.count failed']],
    ['no standby', ([key]) => [key], ['keys.count warning']],
    ['a private member', ([a, b]) => [{ ...a, d: 'AQAB' }, b], ['keys.public failed']],
    ['a symmetric key', ([a, b]) => [a, b, { kty: 'oct', k: 'AQAB', kid: 'x' }], SYMMETRIC()],
    ['the same kid twice', ([a, b]) => [a, { ...b, kid: a?.kid }], ['keys.unique failed', 'keys.kid failed']],
    ['a kid of its own making', ([a, b]) => [a, { ...b, kid: 'key-2' }], ['keys.kid failed']],
    ['for encryption', ([a, b]) => [a, { ...b, use: 'enc' }], ['keys.use failed']],
    ['another alg', ([a, b]) => [a, { ...b, alg: 'PS256' }], ['keys.use failed']],
    ['1,024 bits', ([a]) => [a, weakKey()], ['keys.size failed', 'keys.kid failed']],
    [
      'zeros in front',
      ([a, b]) => [a, { ...b, n: 'A'.repeat(400) }],
      ['keys.size failed', 'keys.kid failed'],
    ],
  ])('%s', async (_, change, expected) => {
    sick.it.keys = change(sick.it.keys as Record<string, unknown>[]) as Deployment['keys'];
    expect(await diagnosis()).toEqual(expected);
  });

  it('says nothing of what a private member holds', async () => {
    const secret = randomUUID();
    sick.it.keys = sick.it.keys.map((key) => ({ ...key, d: secret }));
    expect(JSON.stringify(await diagnose(sick.it, few))).not.toContain(secret);
  });
});

function SYMMETRIC(): string[] {
  return ['keys.public failed', 'keys.use failed', 'keys.size failed', 'keys.kid failed'];
}

function weakKey(): Record<string, unknown> {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return { ...publicKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'weak' };
}
