/** The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): this request may be sent again. */
import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Request, Response } from './event.ts';
import { refused } from './operator.ts';

/** 22 characters of base64url hold 128 bits. */
const KEY = /^[A-Za-z0-9_-]{22,128}$/;

/** Secrets are derived from it, so one that was typed and not drawn is not taken. */
const LEAST_DIFFERENT = 8;

/**
 * @returns the key, bare or in quotes as the draft has it; `undefined` where there is none, 400
 *   `invalid_idempotency_key` for what cannot be a random one
 */
export function readIdempotencyKey({ headers }: Request): Result<string | undefined, Response> {
  const given = headers['idempotency-key']?.trim();
  if (given === undefined) return ok(undefined);
  const key = /^"(.*)"$/.exec(given)?.[1] ?? given;
  const isRandom = KEY.test(key) && new Set(key).size >= LEAST_DIFFERENT;
  return isRandom ? ok(key) : fail(refused(400, 'invalid_idempotency_key', RULE));
}

const RULE =
  'Idempotency-Key has to be random: 22 to 128 letters, digits, - and _, at least 8 different ones. Draw a new one for each creation, such as 32 random bytes in base64url.';

/** @param body as it was read @returns what is asked for, by a hash: two requests of the same are the same request */
export const fingerprintOf = ({ routeKey, pathParameters }: Request, body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([routeKey, Object.entries(pathParameters ?? {}).sort(), body ?? null]))
    .digest('hex');
