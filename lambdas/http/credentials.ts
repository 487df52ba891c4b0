/** Where a client's credentials stand in a request: `x-api-key`, or `Authorization: Basic` (RFC 7617). */
import type { Presented } from '../domain/authentication.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Request } from './event.ts';

/** Characters of either header; what is longer is nobody's credential. */
export const MAX_CREDENTIALS = 1024;

/** `ambiguous`: several at once, which RFC 6749 §2.3 forbids. `malformed`: nothing that could be right. */
export type CredentialsFault = 'absent' | 'ambiguous' | 'malformed';

/** @returns the one credential that the request presents. */
export function readCredentials(headers: Request['headers']): Result<Presented, CredentialsFault> {
  const { authorization, 'x-api-key': apiKey } = headers;
  if (authorization === undefined && apiKey === undefined) return fail('absent');
  if (authorization !== undefined && apiKey !== undefined) return fail('ambiguous');
  const presented = authorization ?? apiKey ?? '';
  // The gateway joins repeated headers with a comma; neither base64 nor an API key has one.
  if (presented.includes(',')) return fail('ambiguous');
  if (presented.length > MAX_CREDENTIALS) return fail('malformed');
  return authorization === undefined
    ? ok({ scheme: 'api_key', apiKey: presented })
    : parseBasic(authorization);
}

/**
 * Reads RFC 7617 Basic credentials. User id and password are taken as they are, in UTF-8: the form-encoding
 * of RFC 6749 §2.3.1 changes nothing in the ids and secrets that are minted here.
 *
 * @param header the header's value, such as `Basic YWxpY2U6…`
 * @returns `malformed` for another scheme, or what is not canonical base64, not UTF-8, has no colon or has
 *   control characters
 */
export function parseBasic(header: string): Result<Presented, 'malformed'> {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  // Buffer forgives much: only what encodes to the same text again was base64 (RFC 4648 §3.5).
  if (encoded === '' || bytes.toString('base64') !== encoded) return fail('malformed');
  const pair = decodeUtf8(bytes);
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0 || /\p{Cc}/u.test(pair)) return fail('malformed');
  return ok({ scheme: 'basic', userId: pair.slice(0, colon), password: pair.slice(colon + 1) });
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
