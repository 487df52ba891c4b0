/** CORS as an HTTP API does it: it answers preflights itself and overrides what functions say about it. */
import type { CorsConfiguration } from './api.ts';
import type { GatewayResponse } from './response.ts';

/**
 * @param headers of the request, lower-case names
 * @returns the answer to a preflight; `undefined` where the request is none
 */
export function preflight(
  cors: CorsConfiguration,
  method: string,
  headers: Readonly<Record<string, string>>,
): GatewayResponse | undefined {
  const { origin, 'access-control-request-method': wanted } = headers;
  if (method !== 'OPTIONS' || origin === undefined || wanted === undefined) return undefined;
  const allowed = originHeaders(cors, origin);
  return {
    status: 204,
    headers:
      allowed === undefined
        ? {}
        : {
            ...allowed,
            ...listed('access-control-allow-methods', cors.allowMethods),
            ...listed('access-control-allow-headers', cors.allowHeaders),
            ...(cors.maxAge !== undefined && { 'access-control-max-age': String(cors.maxAge) }),
          },
    cookies: [],
    body: Buffer.alloc(0),
  };
}

/** @returns the response with the gateway's CORS headers in place of the function's own. */
export function withCors(
  cors: CorsConfiguration,
  origin: string | undefined,
  response: GatewayResponse,
): GatewayResponse {
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  const allowed = origin === undefined ? undefined : originHeaders(cors, origin);
  const exposed = allowed && listed('access-control-expose-headers', cors.exposeHeaders);
  return { ...response, headers: { ...Object.fromEntries(own), ...allowed, ...exposed } };
}

function originHeaders(cors: CorsConfiguration, origin: string): Record<string, string> | undefined {
  const match = cors.allowOrigins.find(
    (allowed) => allowed === '*' || allowed === origin || isSchemeOf(allowed, origin),
  );
  if (match === undefined) return undefined;
  return {
    'access-control-allow-origin': match === '*' && !cors.allowCredentials ? '*' : origin,
    ...(match !== '*' && { vary: 'origin' }),
    ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
  };
}

/** `https://*` and `http://*` allow each origin of their scheme. */
const isSchemeOf = (allowed: string, origin: string) =>
  /^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1));

const listed = (name: string, values: readonly string[]): Record<string, string> =>
  values.length > 0 ? { [name]: values.join(',') } : {};
