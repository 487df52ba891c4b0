/** What a function's result becomes on the wire (payload format 2.0, response). */

export interface GatewayResponse {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  cookies: readonly string[];
  body: Buffer;
}

/**
 * @param result what the function returned
 * @returns the response; 500 where the result has a `statusCode` and is no response all the same
 */
export function responseOf(result: unknown): GatewayResponse {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return reply(200, body);
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as Record<string, unknown>;
  const status = ['number', 'string'].includes(typeof statusCode) ? Number(statusCode) : Number.NaN;
  const wellFormed =
    Number.isInteger(status) &&
    status >= 200 &&
    status <= 599 &&
    (body === undefined || body === null || typeof body === 'string') &&
    isHeaders(headers ?? {}) &&
    (cookies === undefined || (Array.isArray(cookies) && cookies.every(isHeaderValue)));
  if (!wellFormed) return message(500, 'Internal Server Error');
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=utf-8', ...Object.fromEntries(given) },
    cookies: (cookies as string[] | undefined) ?? [],
    body: Buffer.from((body as string | undefined) ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** @returns one of the gateway's own answers, `{"message": …}`. */
export const message = (status: number, text: string): GatewayResponse =>
  reply(status, JSON.stringify({ message: text }));

const reply = (status: number, body: string): GatewayResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  cookies: [],
  body: Buffer.from(body),
});

const isHeaders = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(([name, item]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && isHeaderValue(item));

// What else node:http refuses in a header would end the process's request half-way.
const isHeaderValue = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && /^[\t\x20-\x7e\x80-\xff]*$/.test(String(value));
