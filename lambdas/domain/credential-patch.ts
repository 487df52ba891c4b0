/** What an operator may change of a credential: its state, and until when it is good. As a JSON merge patch (RFC 7396). */
import * as z from 'zod/mini';
import type { Credential } from './client.ts';
import { fail, ok, type Result } from './result.ts';
import { quoted, type RegistrationError } from './vocabulary.ts';

/** The body of a change: `valid_until` is a time in UTC, and `null` lets it be good for ever. */
export const credentialPatchSchema = z.strictObject({
  state: z.optional(z.enum(['active', 'disabled'])),
  valid_until: z.nullish(z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/))),
});

/** Milliseconds: ten years. */
const MOST = 10 * 365 * 24 * 3600 * 1000;

/**
 * @param now milliseconds since the epoch
 * @returns what the credential is to be, or the first thing that is wrong with that
 */
export function patchCredential(
  credential: Credential,
  body: unknown,
  now: number,
): Result<Pick<Credential, 'state' | 'validUntil'>, RegistrationError> {
  const parsed = credentialPatchSchema.safeParse(body);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0]));
  const { state = credential.state, valid_until: asked } = parsed.data;
  const until = asked === undefined ? credential.validUntil : timeIn(asked);
  if (asked !== undefined && asked !== null && !isAhead(until, now)) {
    return fail({ code: 'invalid_valid_until', detail: `valid_until ${RULES.valid_until}` });
  }
  return ok({ state, ...(until !== undefined && { validUntil: until }) });
}

/** @returns milliseconds since the epoch; none for what is no time, such as the 30th of February. */
function timeIn(text: string | null): number | undefined {
  const time = text === null ? Number.NaN : Date.parse(text);
  const isTime = !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === text?.slice(0, 19);
  return isTime ? time : undefined;
}

const isAhead = (time: number | undefined, now: number): boolean =>
  time !== undefined && time > now && time <= now + MOST;

const RULES: Record<keyof z.output<typeof credentialPatchSchema>, string> = {
  state: 'has to be "active" or "disabled"',
  valid_until:
    'has to be a time in UTC that lies ahead, ten years at most, such as 2027-01-31T12:00:00Z, or null; to end it now, disable or delete it',
};

function errorOf(issue: z.core.$ZodIssue | undefined): RegistrationError {
  const name = String(issue?.path[0] ?? '');
  if (name === 'state' || name === 'valid_until') {
    return { code: `invalid_${name}`, detail: `${name} ${RULES[name]}` };
  }
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const detail =
    unknown === undefined
      ? 'the body has to be a JSON object'
      : `there is no member ${quoted(unknown)} that can be changed; there are ${Object.keys(RULES).join(', ')}`;
  return { code: 'invalid_body', detail };
}
