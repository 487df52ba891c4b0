/**
 * Where a client's credentials stand in a request: `x-api-key`, `Authorization: Basic`, or the parameters of the
 * form (RFC 6749 §2.3.1, RFC 7521 §4.2). Never the URL.
 */
import type { Presented } from '../domain/authentication.ts';
import { CLIENT_ASSERTION_TYPE } from '../domain/client-assertion.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { decodeUtf8 } from '../domain/utf8.ts';
import type { Form } from './body.ts';
import type { Request } from './event.ts';

/** Characters of either header, and of a secret in the form; what is longer is nobody's credential. */
export const MAX_CREDENTIALS = 1024;

/**
 * `ambiguous`: several methods at once, which RFC 6749 §2.3 forbids. `incomplete`: a parameter without the one that
 * belongs to it. `malformed`: nothing that could be right.
 */
export type CredentialsFault = 'absent' | 'ambiguous' | 'incomplete' | 'malformed';

/**
 * @param form the parameters of an OAuth endpoint, where the client may authenticate by them, and where both halves of
 *   Basic are form-encoded; without it Basic is that of RFC 7617
 * @returns the one credential that the request presents
 */
export function readCredentials(
  headers: Request['headers'],
  form?: Form,
): Result<Presented, CredentialsFault> {
  const { authorization, 'x-api-key': apiKey } = headers;
  const secret = parameter(form, 'client_secret');
  const assertion = parameter(form, 'client_assertion');
  const assertionType = parameter(form, 'client_assertion_type');
  const methods = [authorization, apiKey, secret, assertion ?? assertionType].filter(
    (method) => method !== undefined,
  );
  if (methods.length === 0) return fail('absent');
  // With an assertion among them it is invalid_client (RFC 7521 §4.2.1), otherwise invalid_request (RFC 6749 §5.2).
  if (methods.length > 1) return fail(assertion === undefined ? 'ambiguous' : 'malformed');
  if (secret !== undefined) return parsePost(parameter(form, 'client_id'), secret);
  const header = authorization ?? apiKey;
  if (header === undefined) return parseAssertion(assertion, assertionType);
  // The gateway joins repeated headers with a comma; neither base64 nor an API key has one.
  if (header.includes(',')) return fail('ambiguous');
  if (header.length > MAX_CREDENTIALS) return fail('malformed');
  if (authorization === undefined) return ok({ scheme: 'api_key', apiKey: header });
  return parseBasic(authorization, form === undefined ? 'raw' : 'form-encoded');
}

/** @returns whether the request tries to authenticate its client, be it wrongly; `client_id` alone does not. */
export function presentsCredentials({ headers }: Request, form: Form): boolean {
  const presented = readCredentials(headers, form);
  return presented.ok || presented.failure !== 'absent';
}

/** @returns a parameter; one without a value counts as absent (RFC 6749 §3.2). */
const parameter = (form: Form | undefined, name: string): string | undefined => form?.get(name) || undefined;

/**
 * Reads Basic credentials.
 *
 * @param header the header's value, such as `Basic YWxpY2U6…`
 * @param halves `raw`: user id and password are taken as they are, in UTF-8 (RFC 7617); `form-encoded`: each is
 *   application/x-www-form-urlencoded, as RFC 6749 §2.3.1 has it. The ids and secrets that are minted here are the
 *   same in both; a password may not be.
 * @returns `malformed` for another scheme, or what is not canonical base64, not UTF-8, has no colon, has control
 *   characters or a broken escape
 */
export function parseBasic(header: string, halves: 'raw' | 'form-encoded'): Result<Presented, 'malformed'> {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  // Buffer forgives much: only what encodes to the same text again was base64 (RFC 4648 §3.5).
  if (encoded === '' || bytes.toString('base64') !== encoded) return fail('malformed');
  const pair = decodeUtf8(bytes);
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0) return fail('malformed');
  const read = halves === 'raw' ? (half: string) => half : formDecode;
  return basicOf(read(pair.slice(0, colon)), read(pair.slice(colon + 1)));
}

/** @returns the text; `undefined` for a stray `%` or escapes that are no UTF-8. */
function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function basicOf(userId: string | undefined, password: string | undefined): Result<Presented, 'malformed'> {
  if (userId === undefined || password === undefined) return fail('malformed');
  return /\p{Cc}/u.test(userId + password) ? fail('malformed') : ok({ scheme: 'basic', userId, password });
}

/** `client_secret_post`: the same pair, in the form. */
function parsePost(clientId: string | undefined, secret: string): Result<Presented, CredentialsFault> {
  if (clientId === undefined) return fail('incomplete');
  return secret.length > MAX_CREDENTIALS ? fail('malformed') : basicOf(clientId, secret);
}

/** `private_key_jwt`, and whatever else there may once be. */
function parseAssertion(
  assertion: string | undefined,
  type: string | undefined,
): Result<Presented, CredentialsFault> {
  if (assertion === undefined || type === undefined) return fail('incomplete');
  // A type that is not supported is a method that is not (RFC 6749 §5.2).
  return type === CLIENT_ASSERTION_TYPE ? ok({ scheme: 'assertion', assertion }) : fail('malformed');
}
