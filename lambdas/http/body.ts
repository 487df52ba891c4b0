/** Reading request bodies: strictly, and to an end. What two parsers may read differently is refused. */
import { type JsonFault, parseJsonObject, parseJsonStructure } from '../domain/json.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Request } from './event.ts';

/** Bytes of a body, decoded. */
export const MAX_BODY = 16 * 1024;

/** The parameters of a form, each once. */
export type Form = ReadonlyMap<string, string>;

/** Why a body was not read. `reason` quotes nothing of it. */
export interface BodyFault {
  status: 400 | 413;
  reason: string;
}

/**
 * Reads a body that may be absent and otherwise has to be a JSON object (RFC 8259), without a repeated member
 * in any depth.
 *
 * @param limit bytes
 * @returns `undefined` where there is no body
 */
export function readJson(
  request: Request,
  limit: number = MAX_BODY,
): Result<Record<string, unknown> | undefined, BodyFault> {
  const body = readText(request, 'application/json', limit);
  if (!body.ok || body.value === undefined) return body as Result<undefined, BodyFault>;
  const value = parseJsonObject(body.value);
  return value.ok ? value : bad(JSON_FAULTS[value.failure]);
}

/** As {@link readJson}, of a JSON merge patch (RFC 7396): under its own media type, or that of JSON. */
export function readMergePatch(request: Request): Result<Record<string, unknown> | undefined, BodyFault> {
  const isNamed = mediaTypeOf(request.headers['content-type']) === MERGE_PATCH;
  if (!isNamed) return readJson(request);
  return readJson({ ...request, headers: { ...request.headers, 'content-type': 'application/json' } });
}

const MERGE_PATCH = 'application/merge-patch+json';

/** As {@link readJson}, of a route that takes a list as well. */
export function readJsonOrList(request: Request, limit: number): Result<object | undefined, BodyFault> {
  const body = readText(request, 'application/json', limit);
  if (!body.ok || body.value === undefined) return body as Result<undefined, BodyFault>;
  const value = parseJsonStructure(body.value);
  if (value.ok) return value;
  return bad(
    value.failure === 'not_an_object'
      ? 'the body is neither a JSON object nor a list'
      : JSON_FAULTS[value.failure],
  );
}

const JSON_FAULTS: Readonly<Record<JsonFault, string>> = {
  not_an_object: 'the body is not a JSON object',
  repeated_member: 'the body has a member twice',
};

/**
 * Reads a form (`application/x-www-form-urlencoded`) without a repeated parameter: RFC 6749 §3.2 allows each
 * once.
 *
 * @returns the parameters; none where there is no body
 */
export function readForm(request: Request): Result<Form, BodyFault> {
  const body = readText(request, 'application/x-www-form-urlencoded');
  if (!body.ok) return body;
  if (!isFormEncoded(body.value ?? '')) return bad('the body is not form-encoded');
  const pairs = [...new URLSearchParams(body.value)];
  const form = new Map(pairs);
  return form.size < pairs.length ? bad('the body has a parameter twice') : ok(form);
}

function readText(
  request: Request,
  mediaType: string,
  limit: number = MAX_BODY,
): Result<string | undefined, BodyFault> {
  const { body = '', isBase64Encoded, headers } = request;
  if (body === '') return ok(undefined);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > limit) return fail({ status: 413, reason: `the body is over ${limit} bytes` });
  if (mediaTypeOf(headers['content-type']) !== mediaType)
    return bad(`the content-type has to be ${mediaType}`);
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return bad('the body is not UTF-8');
  }
}

const mediaTypeOf = (contentType: string | undefined): string | undefined =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase();

/** URLSearchParams reads anything somehow; a stray `%` or bytes that are no UTF-8 are mistakes. */
function isFormEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const bad = (reason: string) => fail<BodyFault>({ status: 400, reason });
