/** The HTTP server in front of the functions: what an HTTP API does with a request, step by step. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccessFacts, accessLogLine, type Integration, type Passage } from './access-log.ts';
import type { Api, ApiRoute } from './api.ts';
import { isPreflight, preflight, withCors } from './cors.ts';
import { eventOf, type GatewayRequest, headersOf } from './event.ts';
import type { Outcome } from './function-instance.ts';
import type { JwtAuthorizer } from './jwt-authorizer.ts';
import { headerBytes, isTooLargeForLambda, MAX_BODY, MAX_HEADERS, readBody } from './limits.ts';
import { type GatewayResponse, message, responseOf } from './response.ts';
import { createRouter, type Find } from './router.ts';
import type { AwsCredentials } from './signature.ts';
import { verifySignature } from './sigv4.ts';
import { createThrottle } from './throttle.ts';

/** What is told of one request. */
export interface AccessRecord extends AccessFacts {
  /** As the stage's access log has it; absent where there is none. */
  line?: string;
}

export interface GatewayOptions {
  /** Milliseconds since the epoch. */
  clock: () => number;
  authorize: JwtAuthorizer;
  /** The key that may call routes with IAM authorization. */
  operator: AwsCredentials;
  onAccess?: (record: AccessRecord) => void;
}

export type Invoke = (functionName: string, event: unknown, requestId: string) => Promise<Outcome>;

export interface Gateway {
  /** Serves this API from the next request on; 503 before the first call. */
  serve(api: Api, invoke: Invoke): void;
  /** @throws Error with code EADDRINUSE, as `node:net` gives it */
  listen(port: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

interface Served {
  api: Api;
  find: Find<ApiRoute>;
  admits: (routeKey: string) => boolean;
  invoke: Invoke;
}

interface Answer {
  response: GatewayResponse;
  reason?: string;
  passage?: Passage;
}

export function createGateway(options: GatewayOptions): Gateway {
  let served: Served | undefined;
  const server = createServer({ maxHeaderSize: 4 * MAX_HEADERS }, (incoming, outgoing) => {
    const started = performance.now();
    const time = options.clock();
    const requestId = `${randomBytes(11).toString('base64url')}=`;
    const at = served;
    answer(incoming, { requestId, time }, at, options)
      .catch(
        (): Answer => ({ response: message(500, 'Internal Server Error'), reason: 'the gateway failed' }),
      )
      .then(({ response, ...more }) => {
        send(outgoing, response, requestId);
        const facts: AccessFacts = {
          ...{ requestId, time, method: incoming.method ?? '', path: pathOf(incoming), ...more },
          sourceIp: sourceIpOf(incoming),
          status: response.status,
          latency: performance.now() - started,
          length: response.body.length,
        };
        const format = at?.api.accessLog;
        options.onAccess?.({ ...facts, ...(format !== undefined && { line: accessLogLine(format, facts) }) });
      });
  });
  return {
    serve: (api, invoke) => {
      const admits = createThrottle(api.throttles, options.clock);
      served = { api, find: createRouter(api.routes), admits, invoke };
    },
    listen: (port) =>
      new Promise((listening, failed) => {
        server.once('error', failed);
        server.listen(port, '127.0.0.1', () => listening({ port: (server.address() as AddressInfo).port }));
      }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** What each request is given when it comes in. */
type Arrival = Pick<GatewayRequest, 'requestId' | 'time'>;

async function answer(
  incoming: IncomingMessage,
  arrival: Arrival,
  served: Served | undefined,
  options: GatewayOptions,
): Promise<Answer> {
  if (served === undefined) return { response: message(503, 'Service Unavailable') };
  if (headerBytes(incoming) > MAX_HEADERS) {
    return { response: message(431, 'Request Header Fields Too Large') };
  }
  const headers = headersOf(incoming.rawHeaders);
  const { cors } = served.api;
  if (cors !== undefined && isForGateway(incoming, headers, served))
    return { response: preflight(cors, headers) };
  const answered = await route(incoming, arrival, served, options);
  return cors === undefined
    ? answered
    : { ...answered, response: withCors(cors, headers.origin, answered.response) };
}

/**
 * With CORS configured the gateway answers OPTIONS itself, whether or not there is such a path. A route that catches
 * OPTIONS (its own, ANY, `$default`) comes first where it asks for authorization, and for what is no preflight.
 */
function isForGateway(
  { method, url }: IncomingMessage,
  headers: Record<string, string>,
  { find }: Served,
): boolean {
  if (method !== 'OPTIONS') return false;
  const match = find(method, pathOf({ url }));
  if (match === 'malformed') return false;
  return match === undefined || (match.route.authorization.type === 'NONE' && isPreflight(headers));
}

async function route(
  incoming: IncomingMessage,
  arrival: Arrival,
  served: Served,
  options: GatewayOptions,
): Promise<Answer> {
  const match = served.find(incoming.method ?? '', pathOf(incoming));
  if (match === 'malformed') return { response: message(400, 'Bad Request') };
  if (match === undefined) return { response: message(404, 'Not Found') };
  if (!served.admits(match.route.key)) return { response: message(429, 'Too Many Requests') };
  if (Number(incoming.headers['content-length']) > MAX_BODY) return tooLarge;
  const body = await readBody(incoming);
  if (body === undefined) return tooLarge;
  const request = requestOf(incoming, arrival, body);
  const { key, functionName, timeout } = match.route;
  const authorized = await authorize(request, match.route, options);
  if ('response' in authorized) return { ...authorized, passage: { routeKey: key } };
  const event = eventOf(request, { key, pathParameters: match.pathParameters, ...authorized });
  const passage = { routeKey: key, ...claimsIn(authorized) };
  if (isTooLargeForLambda(event)) return { ...tooLarge, passage };
  const { response, integration } = await integrate(
    served.invoke(functionName, event, arrival.requestId),
    timeout,
  );
  return { response, passage: { ...passage, integration } };
}

/** Of a token; whoever signs has none. */
function claimsIn({ authorizer }: { authorizer: unknown }): Pick<Passage, 'claims'> {
  const { jwt } = (authorizer ?? {}) as { jwt?: { claims: Record<string, string> } };
  return jwt === undefined ? {} : { claims: jwt.claims };
}

const tooLarge: Answer = { response: message(413, 'Request Entity Too Large') };

async function authorize(
  request: GatewayRequest,
  { authorization }: ApiRoute,
  { authorize, operator, clock }: GatewayOptions,
): Promise<Answer | { authorizer: unknown }> {
  switch (authorization.type) {
    case 'NONE':
      return { authorizer: undefined };
    case 'AWS_IAM': {
      const authorizer = await verifySignature(request, operator, clock());
      return authorizer === undefined ? { response: message(403, 'Forbidden') } : { authorizer };
    }
    case 'JWT': {
      const token = headersOf(request.rawHeaders).authorization;
      const decision = await authorize(token, authorization.jwt, authorization.scopes);
      return decision.admitted ? { authorizer: decision.context } : decision;
    }
  }
}

async function integrate(
  invocation: Promise<Outcome>,
  timeout: number,
): Promise<{ response: GatewayResponse; integration: Integration }> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeout);
  });
  const outcome = await Promise.race([invocation, late]);
  clearTimeout(timer);
  const latency = performance.now() - started;
  if (outcome === 'late') {
    const error = 'the function did not answer in time';
    return { response: message(503, 'Service Unavailable'), integration: { latency, error } };
  }
  if (!outcome.ok) {
    const error = 'the function failed';
    return { response: message(500, 'Internal Server Error'), integration: { latency, error } };
  }
  const response = responseOf(outcome.value);
  return { response, integration: { latency, status: response.status } };
}

const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string => url.split('?', 1)[0] ?? '';

const sourceIpOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '127.0.0.1';

const requestOf = (incoming: IncomingMessage, arrival: Arrival, body: Buffer): GatewayRequest => ({
  ...arrival,
  method: incoming.method ?? '',
  path: pathOf(incoming),
  query: (incoming.url ?? '').split('?').slice(1).join('?'),
  rawHeaders: incoming.rawHeaders,
  body,
  sourceIp: sourceIpOf(incoming),
});

/** Headers that describe the connection or the body's length are the gateway's to set. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

function send(outgoing: ServerResponse, response: GatewayResponse, requestId: string): void {
  const headers = Object.entries(response.headers).filter(([name]) => !OWN_HEADERS.has(name));
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(headers),
    ...(response.cookies.length > 0 && { 'set-cookie': [...response.cookies] }),
    ...(response.status !== 204 && response.status !== 304 && { 'content-length': response.body.length }),
    'apigw-requestid': requestId,
  });
  outgoing.end(response.body);
}
