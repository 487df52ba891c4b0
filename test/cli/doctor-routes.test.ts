/** What routes refuse, as the doctor sees it: real servers, each broken in one way. */
import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Patient } from '../../cli/doctor/examine.ts';
import { ownRoutes, requestTo, withProtected } from '../../cli/doctor/routes.ts';
import { readToken } from '../../cli/doctor/token.ts';
import { routes } from '../../lambdas/routes.ts';
import { deploymentForEach, diagnose, json, notOk } from './deployment.ts';

const sick = deploymentForEach();
const diagnosis = async (changes?: Partial<Patient>) => notOk(await diagnose(sick.it, changes));

it('knows the very routes that are deployed', () => {
  expect(ownRoutes.map(({ key, access }) => [key, access])).toEqual(
    routes.map(({ key, access }) => [key, access.kind]),
  );
});

describe('protected routes', () => {
  const algOf = (authorization = ''): unknown =>
    authorization.startsWith('Bearer ey') ? decodeProtectedHeader(authorization.slice(7)).alg : undefined;

  it.each([
    ['none', 'protected.alg-none'],
    ['HS256', 'protected.hs256-public-key'],
  ])('alg %s let in', async (alg, id) => {
    sick.it.break('GET /usage', ({ headers }, response) =>
      algOf(headers.authorization) === alg
        ? json(response, 200, {})
        : json(response, 401, {}, { 'www-authenticate': 'Bearer' }),
    );
    const checks = await diagnose(sick.it);
    expect(notOk(checks)).toEqual([`${id} failed`]);
    const check = checks.find((one) => one.id === id);
    expect(check?.says).toContain('GET /usage answers 200');
    expect(check?.next).toContain('JWT authorizer');
  });

  it('any signature let in', async () => {
    sick.it.break('POST /products', ({ headers }, response) =>
      algOf(headers.authorization) === 'RS256'
        ? json(response, 400, {})
        : json(response, 401, {}, { 'www-authenticate': 'Bearer' }),
    );
    const ids = ['stranger', 'unknown-kid', 'embedded-key', 'expired', 'other-issuer', 'other-audience'];
    expect(await diagnosis()).toEqual(ids.map((id) => `protected.${id} failed`));
  });

  it.each([
    ['no authorizer', 200],
    ['403 in place of 401', 403],
    ['an authorizer that fails', 500],
    ['a redirect to a login page', 302],
  ])('%s: nothing more is tried there', async (_, status) => {
    sick.it.break('POST /products', (_request, response) => json(response, status, {}));
    const checks = await diagnose(sick.it);
    expect(notOk(checks)).toEqual(['protected.no-token failed']);
    expect(checks.find(({ id }) => id === 'protected.no-token')?.says).toContain(
      `POST /products answers ${status}`,
    );
    expect(sick.it.take().filter(({ key }) => key === 'POST /products')).toHaveLength(1);
  });

  it('401 without a challenge', async () => {
    sick.it.break('GET /usage', (_, response) => json(response, 401, { message: 'Unauthorized' }));
    const checks = await diagnose(sick.it);
    expect(notOk(checks)).toEqual(['protected.challenge failed']);
    expect(checks.find(({ id }) => id === 'protected.challenge')?.says).toMatch(
      /Bearer: GET \/usage does not\.$/,
    );
  });

  it('samples that were taken out are no mistake; a route that was named is', async () => {
    sick.it.break('GET /usage', (_, response) => json(response, 404, { message: 'Not Found' }));
    expect(await diagnosis()).toEqual([]);
    expect(await diagnosis({ routes: withProtected(ownRoutes, ['GET /usage']) })).toEqual([
      'protected.no-token failed',
    ]);
    expect(await diagnosis({ routes: ownRoutes.filter(({ access }) => access !== 'token') })).toEqual([
      'protected.routes warning',
    ]);
  });

  it('a throttled request is sent again, and what stays throttled is a warning', async () => {
    let asked = 0;
    sick.it.break('GET /usage', (_, response) => {
      asked += 1;
      json(response, asked === 1 ? 429 : 401, {}, { 'www-authenticate': 'Bearer' });
    });
    expect(await diagnosis()).toEqual([]);
    sick.it.break('GET /usage', (_, response) => json(response, 429, { message: 'Too Many Requests' }));
    expect(await diagnosis()).toEqual(['protected.no-token warning']);
  });

  it.each([
    ['GET /orders/{id}', 'GET /orders/tollgate-doctor'],
    ['ANY /files/{path+}', 'GET /files/tollgate-doctor'],
    ['$default', 'GET /tollgate-doctor'],
  ])('%s is asked by %s', (key, request) => {
    expect(requestTo(key)).toBe(request);
  });
});

describe('token endpoints and operator routes', () => {
  const refusal = { 'www-authenticate': 'Basic realm="x"', 'cache-control': 'no-store' };
  it.each<[string, number, unknown, Record<string, string>, string[]]>([
    ['no no-store', 401, { error: 'x' }, { ...refusal, 'cache-control': 'private' }, ['no-store failed']],
    ['no challenge', 401, { error: 'x' }, { 'cache-control': 'no-store' }, ['challenge failed']],
    ['an error of another form', 401, { message: 'x' }, refusal, ['error failed']],
    ['no refusal', 200, {}, { 'cache-control': 'no-store' }, ['refuse failed']],
    ['nothing there', 404, { message: 'Not Found' }, {}, ['refuse failed', 'no-store failed']],
  ])('POST /oauth2/revoke with %s', async (_, status, body, headers, expected) => {
    sick.it.break('POST /oauth2/revoke', (_request, response) => json(response, status, body, headers));
    expect(await diagnosis()).toEqual(expected.map((id) => `token-endpoints.${id}`));
  });

  it('an operator route that lets anyone in, and one that lets a made-up signature in', async () => {
    sick.it.break('POST /admin/clients', (_, response) => json(response, 400, {}));
    expect(await diagnosis()).toEqual(['operator.unsigned failed']);
    sick.it.break('POST /admin/clients', ({ headers }, response) =>
      json(response, headers.authorization === undefined ? 403 : 201, {}),
    );
    expect(await diagnosis()).toEqual(['operator.made-up-signature failed']);
  });
});

describe('CORS', () => {
  const preflight = (status: number, headers: Record<string, string>) =>
    sick.it.breakAll((response, { method }) => {
      if (method !== 'OPTIONS') return;
      response.writeHead(status, headers).end(status === 404 ? '{"message":"Not Found"}' : '');
      response.writeHead = () => response;
    });
  const origin = 'https://app.example.com';

  it.each<[string, number, Record<string, string>, string | undefined, string[]]>([
    ['an authorizer on OPTIONS', 401, {}, undefined, ['cors.preflight failed']],
    ['off', 404, {}, undefined, ['cors.preflight skipped']],
    ['off, and wanted', 404, {}, origin, ['cors.preflight failed']],
    ['for others only', 204, {}, undefined, ['cors.preflight skipped']],
    ['for others only, and wanted', 204, {}, origin, ['cors.preflight failed']],
    [
      'without Authorization',
      204,
      { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' },
      undefined,
      ['cors.headers failed'],
    ],
    [
      'with credentials for any page',
      204,
      {
        'access-control-allow-origin': 'https://tollgate-doctor.example',
        'access-control-allow-headers': 'authorization',
        'access-control-allow-credentials': 'true',
      },
      undefined,
      ['cors.credentials warning'],
    ],
  ])('%s', async (_, status, headers, wanted, expected) => {
    preflight(status, headers);
    expect(await diagnosis({ origin: wanted })).toEqual(expected);
  });
});

describe('a token of the caller', () => {
  const present = async (claims?: Record<string, unknown>) => readToken(await sick.it.token(claims));

  it('that is good: a changed copy of it is refused, and it is sent nowhere itself', async () => {
    const token = await present();
    expect(await diagnosis({ token })).toEqual([]);
    const sent = sick.it.take().map(({ headers }) => headers.authorization ?? '');
    expect(sent.filter((one) => one.includes(token?.text ?? ''))).toEqual([]);
    expect(sent.filter((one) => one.endsWith(token?.text.split('.')[2] ?? ''))).not.toEqual([]);
  });

  it('of another issuer: not even a changed copy is sent', async () => {
    const token = await present({ iss: 'https://elsewhere.example' });
    expect(await diagnosis({ token })).toEqual(['token.issuer failed']);
    const sent = sick.it.take().map(({ headers }) => headers.authorization ?? '');
    expect(sent.filter((one) => one.endsWith(token?.text.split('.')[2] ?? ''))).toEqual([]);
  });

  it('whose key is not published', async () => {
    sick.it.keys = sick.it.keys.slice(1);
    expect(await diagnosis({ token: await present() })).toEqual([
      'keys.count warning',
      'token.kid failed',
      'token.signature skipped',
    ]);
  });

  it('that is over', async () => {
    const clock = () => Date.now() + 3600_000;
    expect(await diagnosis({ token: await present(), clock })).toEqual(['token.life warning']);
  });
});
