/** What a function gets of a request: payload format 2.0, in the form that HTTP APIs really send. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ACCOUNT, API_ID } from './physical.ts';

/** A request as it came in. */
export interface GatewayRequest {
  method: string;
  /** As in the request line, percent-encoded, without query. */
  path: string;
  /** Without `?`. */
  query: string;
  /** Names and values alternating, as they came. */
  rawHeaders: readonly string[];
  body: Buffer;
  sourceIp: string;
  requestId: string;
  /** Milliseconds since the epoch. */
  time: number;
}

export interface Routing {
  key: string;
  pathParameters: Readonly<Record<string, string>>;
  /** What stands in `requestContext.authorizer`. */
  authorizer: unknown;
}

/** @returns the event */
export function eventOf(request: GatewayRequest, routing: Routing): APIGatewayProxyEventV2 {
  const headers = headersOf(request.rawHeaders);
  const { cookie, ...others } = headers;
  const cookies = cookie?.split(/[;,]\s*/).filter((one) => one !== '');
  const query = queryOf(request.query);
  const domain = headers.host ?? 'localhost';
  return {
    version: '2.0',
    routeKey: routing.key,
    rawPath: decodeURIComponent(request.path),
    rawQueryString: request.query,
    ...(cookies && { cookies }),
    headers: {
      ...others,
      'x-forwarded-for': [others['x-forwarded-for'], request.sourceIp].filter(Boolean).join(', '),
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...(query && { queryStringParameters: query }),
    ...(Object.keys(routing.pathParameters).length > 0 && { pathParameters: { ...routing.pathParameters } }),
    ...bodyOf(request.body, headers['content-type']),
    requestContext: {
      accountId: ACCOUNT,
      apiId: API_ID,
      ...(routing.authorizer !== undefined && { authorizer: routing.authorizer }),
      domainName: domain,
      domainPrefix: domain.split('.')[0] ?? domain,
      http: {
        method: request.method,
        path: decodeURIComponent(request.path),
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: routing.key,
      stage: '$default',
      time: commonLogTime(request.time),
      timeEpoch: request.time,
    },
  };
}

/** @returns the headers with lower-case names, those that came more than once joined with commas. */
export function headersOf(raw: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const earlier = headers.get(name);
    const value = raw[at + 1] ?? '';
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(headers);
}

function queryOf(query: string): Record<string, string> | undefined {
  if (query === '') return undefined;
  const values = new Map<string, string>();
  // It drops one question mark, which has to be its own: the query may begin with another.
  for (const [name, value] of new URLSearchParams(`?${query}`)) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(values);
}

/** The content types that arrive as text; all others, and a body without one, as base64. */
const TEXT = /^\s*(text\/[^;\s]+|application\/(json|xml|javascript))\s*(;|$)/i;

function bodyOf(body: Buffer, contentType = '') {
  if (body.length === 0) return { isBase64Encoded: false };
  return TEXT.test(contentType)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

/** @returns such as `22/Nov/2026:12:00:00 +0000`. */
export function commonLogTime(time: number): string {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
