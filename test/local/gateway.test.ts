import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessLogLine } from '../../local/access-log.ts';
import type { Api, ApiRoute } from '../../local/api.ts';
import { type AccessRecord, createGateway, type Gateway, type Invoke } from '../../local/gateway.ts';
import { createKeyCache } from '../../local/jwks.ts';
import { createJwtAuthorizer } from '../../local/jwt-authorizer.ts';
import { NOW, testClock } from '../support/clock.ts';

let gateway: Gateway;
let url: string;
let records: AccessRecord[];

beforeEach(async () => {
  const clock = testClock();
  records = [];
  gateway = createGateway({
    clock,
    authorize: createJwtAuthorizer(createKeyCache(clock), clock),
    operator: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'the-operator-of-this-test' },
    onAccess: (record) => records.push(record),
  });
  url = `http://127.0.0.1:${(await gateway.listen(0)).port}`;
});

afterEach(() => gateway.close());

describe('the gateway answers', () => {
  it('503 before there is anything to serve', async () => {
    expect((await fetch(url)).status).toBe(503);
  });

  it('what the function answers, with a request id of its own', async () => {
    serve({ invoke: async (name, event) => ok({ statusCode: 200, body: JSON.stringify({ name, event }) }) });
    const response = await fetch(`${url}/open?a=1`, { headers: { 'x-a': 'b' } });
    const { name, event } = (await response.json()) as { name: string; event: Record<string, unknown> };
    expect(name).toBe('fn');
    expect(event).toMatchObject({ version: '2.0', routeKey: 'GET /open', rawQueryString: 'a=1' });
    const id = response.headers.get('apigw-requestid');
    expect(event.requestContext).toMatchObject({ requestId: id });
    expect(id).toMatch(/^[\w-]{15}=$/);
  });

  it('404 where there is no route, 400 where the path is malformed', async () => {
    serve({});
    const missing = await fetch(`${url}/missing`);
    expect([missing.status, await missing.text()]).toEqual([404, '{"message":"Not Found"}']);
    expect((await fetch(`${url}/open/%zz`)).status).toBe(400);
  });

  it('401 without a token, 403 without a signature, and invokes nothing', async () => {
    let invoked = 0;
    serve({
      invoke: async () => {
        invoked += 1;
        return ok('x');
      },
    });
    const refused = await fetch(`${url}/token`);
    expect([refused.status, await refused.text()]).toEqual([401, '{"message":"Unauthorized"}']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    const operator = await fetch(`${url}/operator`);
    expect([operator.status, await operator.text()]).toEqual([403, '{"message":"Forbidden"}']);
    expect(invoked).toBe(0);
  });

  it('500 where the function fails, without saying why', async () => {
    serve({ invoke: async () => ({ ok: false, kind: 'error', reason: 'a private reason' }) });
    const response = await fetch(`${url}/open`);
    expect([response.status, await response.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it('503 where the function takes longer than the integration may', async () => {
    serve({ timeout: 50, invoke: () => new Promise(() => undefined) });
    const response = await fetch(`${url}/open`);
    expect([response.status, await response.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  it('429 beyond the throttle', async () => {
    serve({ throttles: new Map([['GET /open', { rate: 1, burst: 2 }]]) });
    const statuses = [];
    for (let at = 0; at < 3; at += 1) statuses.push((await fetch(`${url}/open`)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(await (await fetch(`${url}/open`)).text()).toBe('{"message":"Too Many Requests"}');
  });

  it('413 to a body over 10 MB, and to one that does not fit into an event of 6 MB', async () => {
    serve({});
    for (const megabytes of [11, 7]) {
      const body = Buffer.alloc(megabytes * 1024 * 1024);
      const response = await fetch(`${url}/open`, { method: 'POST', body });
      expect([response.status, await response.text()]).toEqual([
        413,
        '{"message":"Request Entity Too Large"}',
      ]);
    }
    expect((await fetch(`${url}/open`, { method: 'POST', body: Buffer.alloc(1024) })).status).toBe(200);
  });

  it('431 to more than 10,240 bytes of headers', async () => {
    serve({});
    expect((await fetch(`${url}/open`, { headers: { 'x-a': 'a'.repeat(9500) } })).status).toBe(200);
    expect((await fetch(`${url}/open`, { headers: { 'x-a': 'a'.repeat(10_300) } })).status).toBe(431);
  });

  it('a preflight itself, also on a route with authorization', async () => {
    serve({ cors: true });
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    const response = await fetch(`${url}/token`, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const refused = await fetch(`${url}/token`, { headers: { origin: 'https://app.example' } });
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example');
  });

  it('any OPTIONS itself where nothing catches it, and allows nothing to what is no preflight', async () => {
    serve({ cors: true });
    for (const path of ['/open', '/token', '/nowhere']) {
      const response = await fetch(`${url}${path}`, { method: 'OPTIONS' });
      expect(response.status).toBe(204);
      expect(response.headers.has('access-control-allow-methods')).toBe(false);
    }
    serve({});
    expect((await fetch(`${url}/open`, { method: 'OPTIONS' })).status).toBe(404);
  });

  it('a preflight only to whom a route that catches it lets through', async () => {
    serve({ cors: true, routes: ['$default', 'ANY /any'] });
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    for (const path of ['/token', '/any', '/nowhere']) {
      expect((await fetch(`${url}${path}`, { method: 'OPTIONS', headers })).status).toBe(401);
    }
  });

  it('two Authorization headers as one, joined', async () => {
    serve({ invoke: async (_, event) => ok({ statusCode: 200, body: JSON.stringify(event) }) });
    const text = await new Promise<string>((done, failed) => {
      const outgoing = httpRequest(`${url}/open`, (incoming) => {
        incoming.toArray().then((chunks) => done(Buffer.concat(chunks).toString()), failed);
      });
      outgoing.setHeader('authorization', ['Basic a', 'Basic b']);
      outgoing.on('error', failed).end();
    });
    expect(JSON.parse(text)).toMatchObject({ headers: { authorization: 'Basic a,Basic b' } });
  });
});

describe('the access log', () => {
  it("is in the stage's format: how far a request came, and what cannot be known as -", async () => {
    const context = (name: string) => `"${name}":"$context.${name}"`;
    const names = [
      ...['requestId', 'requestTimeEpoch', 'routeKey', 'status', 'responseLength', 'authorizer.error'],
      ...['integration.status', 'integration.latency', 'authorizer.claims.jti', 'extendedRequestId'],
    ];
    serve({
      accessLog: `{${names.map(context).join(',')}}`,
      invoke: async () => ok({ statusCode: 404, body: 'ü' }),
    });
    const { headers } = await fetch(`${url}/open`);
    await fetch(`${url}/token`);
    await fetch(`${url}/nowhere`);
    const lines = records.map(({ line = '' }) => JSON.parse(line));
    const none = { 'integration.status': '-', 'integration.latency': '-', 'authorizer.claims.jti': '-' };
    expect(lines).toEqual([
      {
        ...{ ...none, requestId: headers.get('apigw-requestid'), requestTimeEpoch: String(NOW) },
        ...{ routeKey: 'GET /open', status: '404', responseLength: '2', 'authorizer.error': '-' },
        ...{ 'integration.status': '404', 'integration.latency': expect.stringMatching(/^\d+$/) },
        extendedRequestId: '-',
      },
      expect.objectContaining({
        ...none,
        routeKey: 'GET /token',
        status: '401',
        'authorizer.error': 'no token',
      }),
      expect.objectContaining({ ...none, routeKey: '-', status: '404' }),
    ]);
  });

  it('is JSON whatever stands in a claim, and has the latency of a function that did not answer', () => {
    const line = accessLogLine(
      '{"sub":"$context.authorizer.claims.sub","x":"$context.integration.latency"}',
      {
        ...{
          requestId: 'r',
          time: NOW,
          method: 'GET',
          path: '/',
          sourceIp: '::1',
          status: 503,
          latency: 5,
          length: 0,
        },
        passage: { routeKey: 'GET /', claims: { sub: 'a"\n\\b' }, integration: { latency: 4.6 } },
      },
    );
    expect(JSON.parse(line)).toEqual({ sub: 'a"\n\\b', x: '5' });
  });

  it('has a record for each request, without its query', async () => {
    serve({});
    await fetch(`${url}/open?key=hidden`);
    await fetch(`${url}/token`);
    expect(records).toMatchObject([
      { method: 'GET', path: '/open', status: 200 },
      { method: 'GET', path: '/token', status: 401, reason: 'no token' },
    ]);
    expect(JSON.stringify(records)).not.toContain('hidden');
  });
});

function ok(value: unknown) {
  return { ok: true, value } as const;
}

interface Served {
  invoke?: Invoke;
  timeout?: number;
  throttles?: Api['throttles'];
  cors?: boolean;
  accessLog?: string;
  /** Keys of further routes that ask for a token. */
  routes?: string[];
}

function serve({ invoke = async () => ok({ statusCode: 200 }), timeout = 1000, ...rest }: Served): void {
  const route = (key: string, authorization: ApiRoute['authorization']) => ({
    key,
    authorization,
    functionName: 'fn',
    timeout,
  });
  const jwt = { issuer: 'http://127.0.0.1:1', audience: ['x'] };
  const cors = {
    allowCredentials: false,
    allowHeaders: [],
    allowMethods: ['GET'],
    allowOrigins: ['https://app.example'],
    exposeHeaders: [],
    maxAge: undefined,
  };
  gateway.serve(
    {
      routes: [
        route('GET /open', { type: 'NONE' }),
        route('POST /open', { type: 'NONE' }),
        route('GET /token', { type: 'JWT', jwt, scopes: [] }),
        route('GET /operator', { type: 'AWS_IAM' }),
        ...(rest.routes ?? []).map((key) => route(key, { type: 'JWT', jwt, scopes: [] })),
      ],
      cors: rest.cors === true ? cors : undefined,
      throttles: rest.throttles ?? new Map(),
      ...(rest.accessLog !== undefined && { accessLog: rest.accessLog }),
    },
    invoke,
  );
}
