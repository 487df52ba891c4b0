/** Payload 2.0 events as an HTTP API really sends them: header names in lower case, claims as strings. */
import type { AuthorizedRequest, Request } from '../../lambdas/http/event.ts';
import { NOW } from './clock.ts';

export interface EventOptions {
  headers?: Record<string, string>;
  body?: string;
  base64?: boolean;
  query?: Record<string, string>;
  pathParameters?: Record<string, string>;
  requestId?: string;
  /** Milliseconds since the epoch. */
  at?: number;
  sourceIp?: string;
}

/** @param key the route key, such as `GET /products/{name}` */
export function requestEvent(key: string, options: EventOptions = {}): Request {
  const [method = '', template = ''] = key.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => options.pathParameters?.[name] ?? name);
  const at = options.at ?? NOW;
  const query = options.query ?? {};
  return {
    version: '2.0',
    routeKey: key,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { host: 'api.example.com', 'user-agent': 'test', ...options.headers },
    ...(options.query && { queryStringParameters: query }),
    ...(options.pathParameters && { pathParameters: options.pathParameters }),
    ...(options.body !== undefined && { body: options.body }),
    isBase64Encoded: options.base64 ?? false,
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: options.sourceIp ?? '203.0.113.7',
        userAgent: 'test',
      },
      requestId: options.requestId ?? 'request-1',
      routeKey: key,
      stage: '$default',
      time: new Date(at).toUTCString(),
      timeEpoch: at,
    },
  };
}

/**
 * A request that passed the JWT authorizer.
 *
 * @param claims the token's claims; each has to be the string that the gateway makes of it
 * @param token the token itself, as it stands in `Authorization`
 */
export function authorizedEvent(
  key: string,
  claims: Record<string, string>,
  token: string,
  options: EventOptions & { scopes?: string[] | null } = {},
): AuthorizedRequest {
  const event = requestEvent(key, {
    ...options,
    headers: { authorization: `Bearer ${token}`, ...options.headers },
  });
  const authorizer = { jwt: { claims, scopes: options.scopes ?? null } };
  return { ...event, requestContext: { ...event.requestContext, authorizer } };
}
