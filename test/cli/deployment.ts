/** A deployment as the doctor meets it, healthy in everything; each test breaks one thing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Check } from '../../cli/doctor/check.ts';
import { examine, type Patient } from '../../cli/doctor/examine.ts';
import { createHttp, type Limits } from '../../cli/doctor/http.ts';
import { ownRoutes } from '../../cli/doctor/routes.ts';
import { rsaKey } from '../support/rsa.ts';

export type Responder = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface Deployment {
  url: string;
  /** The published keys. */
  keys: JWK[];
  discovery: Record<string, unknown>;
  /** Replaces the answer of a path with a method, such as `GET /usage`, until {@link heal}. */
  break(key: string, responder: Responder): void;
  /** Does something to each answer before it is sent, such as set a header, until {@link heal}. */
  breakAll(change: (response: ServerResponse, request: IncomingMessage) => void): void;
  heal(): void;
  /** What came in since the last call of this: method, path and headers. */
  take(): { key: string; headers: IncomingMessage['headers'] }[];
  /** A token that it takes. */
  token(claims?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function startDeployment(): Promise<Deployment> {
  const pairs = await Promise.all(['signing', 'standby'].map(rsaKey));
  const [signing, standby] = await Promise.all(pairs.map(({ publicKey }) => publicJwk(publicKey)));
  const [pair] = pairs;
  if (pair === undefined || signing === undefined || standby === undefined) throw new Error('no keys');
  const broken = new Map<string, Responder>();
  const seen: ReturnType<Deployment['take']> = [];
  let change: Parameters<Deployment['breakAll']>[0] = () => undefined;
  const state = { url: '', keys: [signing, standby], discovery: {} };

  const takes = async ({ headers }: IncomingMessage): Promise<boolean> => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
    const options = { issuer: state.url, audience: 'tollgate', algorithms: ['RS256'] };
    return jwtVerify(token, pair.publicKey, options).then(
      () => true,
      () => false,
    );
  };

  const healthy: Responder = async (request, response) => {
    const { method = '', url: path = '' } = request;
    if (method === 'OPTIONS') return preflight(response);
    if (path.endsWith('jwks.json')) return json(response, 200, { keys: state.keys }, CACHEABLE);
    if (path.startsWith('/.well-known/')) return json(response, 200, state.discovery, CACHEABLE);
    if (path === '/oauth2/token' && !(await textOf(request)).startsWith('grant_type=')) {
      return json(response, 400, { error: 'invalid_request' }, { 'cache-control': 'no-store' });
    }
    if (path === '/auth' || /^\/(oauth2|usage\/statements)\//.test(path)) return challenge(request, response);
    if (path.startsWith('/admin/')) return json(response, 403, { message: 'Forbidden' });
    if (!SAMPLES.test(path)) return json(response, 404, { message: 'Not Found' });
    if (await takes(request)) return json(response, 200, {});
    return json(response, 401, { message: 'Unauthorized' }, { 'www-authenticate': 'Bearer' });
  };

  const server = createServer((request, response) => {
    const key = `${request.method} ${request.url}`;
    seen.push({ key, headers: request.headers });
    change(response, request);
    void (broken.get(key) ?? healthy)(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const heal = () => {
    broken.clear();
    change = () => undefined;
    state.keys = [signing, standby];
    state.discovery = {
      issuer: state.url,
      jwks_uri: `${state.url}/.well-known/jwks.json`,
      scopes_supported: [],
      token_endpoint: `${state.url}/oauth2/token`,
      introspection_endpoint: `${state.url}/oauth2/introspect`,
      revocation_endpoint: `${state.url}/oauth2/revoke`,
    };
  };
  heal();
  return Object.assign(state, {
    break: (key: string, responder: Responder) => void broken.set(key, responder),
    breakAll: (with_: typeof change) => {
      change = with_;
    },
    heal,
    take: () => seen.splice(0),
    token: (claims: Record<string, unknown> = {}) =>
      new SignJWT({ iss: state.url, aud: 'tollgate', scope: '', ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: String(signing.kid) })
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(pair.privateKey),
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  });
}

const SAMPLES = /^\/(protected-resource|products|products\/[^/]+|users\/[^/]+\/profile|usage)$/;
const CACHEABLE = { 'cache-control': 'public, max-age=300' };

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

function challenge({ headers }: IncomingMessage, response: ServerResponse): void {
  json(
    response,
    401,
    { error: 'invalid_client', error_description: 'client authentication failed' },
    {
      'www-authenticate': 'Basic realm="tollgate"',
      'cache-control': 'no-store',
      ...(headers.origin !== undefined && {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'authorization,retry-after',
      }),
    },
  );
}

function preflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET,POST',
    'access-control-allow-headers': 'authorization,content-type',
  });
  response.end();
}

async function publicJwk(key: CryptoKey): Promise<JWK> {
  const { kty, n, e } = await exportJWK(key);
  const jwk = { kty, n, e } as JWK;
  return { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

/** @returns what the doctor says of it, in this process. */
export async function diagnose(
  { url }: Deployment,
  changes: Partial<Patient> = {},
  limits: Limits = { timeout: 2000, total: 15_000 },
): Promise<Check[]> {
  const http = createHttp(url, limits);
  const patient = { url, http, routes: ownRoutes, audience: 'tollgate', clock: Date.now, ...changes };
  return examine(patient).finally(() => http.close());
}

/** Starts one for the tests of a file; each begins with it as healthy as it was. */
export function deploymentForEach(): { readonly it: Deployment } {
  let deployment: Deployment | undefined;
  beforeAll(async () => {
    deployment = await startDeployment();
  });
  beforeEach(() => {
    deployment?.heal();
    deployment?.take();
  });
  afterAll(() => deployment?.close());
  return {
    get it() {
      if (deployment === undefined) throw new Error('used outside of a test');
      return deployment;
    },
  };
}

/** What is not right, as `id status`; what can never be known is left out. */
export const notOk = (checks: readonly Check[]): string[] =>
  checks
    .filter(({ id, status }) => status !== 'ok' && id !== 'keys.age')
    .map(({ id, status }) => `${id} ${status}`);
