/** What an operator asks of the key ring. */
import * as z from 'zod/mini';
import { fail, ok, type Result } from '../../domain/result.ts';
import { thumbprint } from './event.ts';

/** The body of `POST /admin/keys/rotations`: `{}`, or the key that somebody else may have. */
export const rotationRequestSchema = z.strictObject({ revoke_key: z.optional(thumbprint) });

/**
 * Nothing is guessed: an emergency that is misspelt, or whose body got lost, must not pass for a rotation.
 *
 * @returns the key to revoke, none where the keys are to be rotated; or the sentence that says what is wrong
 */
export function parseRotation(body: unknown): Result<{ revokeKey?: string }, string> {
  const parsed = rotationRequestSchema.safeParse(body);
  if (!parsed.success) return fail(EXPECTED);
  const { revoke_key: revokeKey } = parsed.data;
  return ok(revokeKey === undefined ? {} : { revokeKey });
}

const EXPECTED =
  'The body has to be {} to rotate the keys, or {"revoke_key": "<the kid, 43 characters>"} to drop one that is lost.';
