/** CORS as an HTTP API does it: it answers preflights itself and overrides what functions say about it. */
import type { CorsConfiguration } from './api.ts';
import type { GatewayResponse } from './response.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * @param headers of an OPTIONS request, lower-case names
 * @returns the answer that the gateway gives itself. What is allowed is in it only where the origin, the method and
 * each header that is asked for are: a request that lacks one of them is answered too, and allowed nothing.
 */
export function preflight(cors: CorsConfiguration, headers: Headers): GatewayResponse {
  const allowed = allows(cors, headers) ? originHeaders(cors, headers.origin ?? '') : undefined;
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

/** @returns whether a browser asks here what it may send, and waits for the answer (Fetch standard, CORS). */
export const isPreflight = ({ origin, 'access-control-request-method': method }: Headers): boolean =>
  Boolean(origin) && Boolean(method);

function allows({ allowMethods, allowHeaders }: CorsConfiguration, headers: Headers): boolean {
  const { 'access-control-request-method': method = '', 'access-control-request-headers': asked = '' } =
    headers;
  const wanted = asked
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known = allowHeaders.map((name) => name.toLowerCase());
  return (
    isPreflight(headers) &&
    (allowMethods.includes('*') || allowMethods.includes(method)) &&
    (known.includes('*') || wanted.every((name) => known.includes(name)))
  );
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
