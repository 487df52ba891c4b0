/** What a signed JWT says, before anyone has looked at its signature: read strictly, believed by nobody. */
import { parseJsonObject } from './json.ts';
import { fail, ok, type Result } from './result.ts';
import { decodeUtf8 } from './utf8.ts';

export interface UnverifiedJwt {
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
}

/**
 * Reads the compact serialization (RFC 7515 §7.1) of a JWT. Bound its length before.
 *
 * @returns header and claims; `malformed` for anything but three parts in canonical base64url, of which the first
 *   two are JSON objects in UTF-8 without a repeated member (RFC 7519 §4 allows to refuse those)
 */
export function readJwt(token: string): Result<UnverifiedJwt, 'malformed'> {
  const parts = token.split('.', 4);
  const [header, claims, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || signature === undefined) return fail('malformed');
  const read = { header: objectIn(header), claims: objectIn(claims) };
  return read.header.ok && read.claims.ok
    ? ok({ header: read.header.value, claims: read.claims.value })
    : fail('malformed');
}

/** Buffer forgives much: only what encodes to the same text again was base64url (RFC 4648 §3.5). */
function decodeBase64url(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
}

function objectIn(bytes: Uint8Array | undefined): Result<Record<string, unknown>, unknown> {
  const text = bytes && decodeUtf8(bytes);
  return text === undefined ? fail('malformed') : parseJsonObject(text);
}
