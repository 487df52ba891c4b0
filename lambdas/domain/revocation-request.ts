/** What an operator may ask to be revoked: one thing by its name, or everything that was issued up to a time. */
import * as z from 'zod/mini';
import { CLIENT_ID } from './client.ts';
import { fitsSortKey } from './ledger/key-length.ts';
import { issuedAtOf } from './ledger/token-life.ts';
import { fail, ok, type Result } from './result.ts';
import {
  credentialTarget,
  MAX_REFRESH_LIFETIME,
  MAX_TOKEN_LIFETIME,
  type Revocation,
  type RevocationTarget,
  revocation,
  type Why,
} from './revocation.ts';
import { TENANT } from './tenant.ts';
import { quoted, type RegistrationError } from './vocabulary.ts';

/** Characters of an id that others make, such as a subject: as many as a token's claims have. */
const MAX_ID = 255;
const THUMBPRINT = /^[\w-]{43}$/;

const named = z.string().check(
  z.maxLength(MAX_ID),
  z.regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u),
  // No token has a longer one: it is a part of the keys of its calls.
  z.refine((text) => fitsSortKey(text)),
);

const names = {
  jti: z.optional(z.string().check(z.refine((text) => issuedAtOf(text) !== undefined))),
  client_id: z.optional(z.string().check(z.regex(CLIENT_ID))),
  credential_id: z.optional(named),
  subject: z.optional(named),
  tenant: z.optional(z.string().check(z.regex(TENANT))),
  kid: z.optional(z.string().check(z.regex(THUMBPRINT))),
};

/** The body of `POST /admin/revocations`. */
export const revocationRequestSchema = z.strictObject({
  ...names,
  issued_before: z.optional(z.int().check(z.gte(0))),
});

type Body = z.output<typeof revocationRequestSchema>;

/** What is to be revoked. */
export interface RevocationRequest {
  /** All tokens, of whatever key, where absent; then there is a time. */
  target?: RevocationTarget;
  /** Seconds since the epoch. */
  issuedBefore?: number;
}

/**
 * @param body what the request's JSON says
 * @param now milliseconds since the epoch
 * @returns what is to be revoked, or the first thing that is wrong with it
 */
export function parseRevocationRequest(
  body: unknown,
  now: number,
): Result<RevocationRequest, RegistrationError> {
  const parsed = revocationRequestSchema.safeParse(body);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0]));
  const { issued_before: issuedBefore, ...given } = parsed.data;
  const target = targetOf(given);
  if (target === 'none' && issuedBefore === undefined) return fail({ code: 'invalid_body', detail: ONE_OF });
  if (target === 'several') return fail({ code: 'invalid_body', detail: ONE_OF });
  const wrong = wrongTime(target === 'none' ? undefined : target, issuedBefore, now);
  if (wrong !== undefined) return fail(wrong);
  return ok({
    ...(target !== 'none' && { target }),
    ...(issuedBefore !== undefined && { issuedBefore }),
  });
}

/** @returns what a query such as `?client_id=ci` asks for, or what is wrong with it */
export function parseRevocationQuery(
  query: Readonly<Record<string, string | undefined>>,
): Result<RevocationTarget, RegistrationError> {
  const parsed = z.strictObject(names).safeParse(query);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0], 'invalid_query'));
  const target = targetOf(parsed.data);
  return typeof target === 'string' ? fail({ code: 'invalid_query', detail: ONE_OF }) : ok(target);
}

/**
 * @param why when it is asked for, and what for
 * @returns the revocation. Of a single token the time does not matter, so it is always the same one; it covers a
 *   session too, whose id has the same form, and the last token of that.
 */
export function requestedRevocation(
  target: RevocationTarget,
  issuedBefore: number | undefined,
  why: Why,
): Revocation & Why {
  const made = target.kind === 'token' ? issuedAtOf(target.id) : undefined;
  if (made === undefined) return revocation(target, issuedBefore ?? Math.floor(why.revokedAt / 1000), why);
  const at = Math.floor(made / 1000);
  return revocation(target, at, why, at + MAX_REFRESH_LIFETIME + MAX_TOKEN_LIFETIME);
}

const ONE_OF =
  'exactly one of jti, client_id, subject, tenant, kid, or client_id with credential_id; or issued_before alone, for all tokens';

function targetOf({
  jti,
  client_id: client,
  credential_id: credential,
  subject,
  tenant,
  kid,
}: Omit<Body, 'issued_before'>): RevocationTarget | 'none' | 'several' {
  const targets: (RevocationTarget | undefined)[] = [
    jti === undefined ? undefined : { kind: 'token', id: jti },
    client === undefined || credential !== undefined ? undefined : { kind: 'client', id: client },
    client === undefined || credential === undefined
      ? undefined
      : { kind: 'credential', id: credentialTarget(client, credential) },
    subject === undefined ? undefined : { kind: 'subject', id: subject },
    tenant === undefined ? undefined : { kind: 'tenant', id: tenant },
    kid === undefined ? undefined : { kind: 'key', id: kid },
  ];
  const [target, ...more] = targets.filter((each) => each !== undefined);
  const stray = credential !== undefined && client === undefined;
  if (more.length > 0 || stray) return 'several';
  return target ?? 'none';
}

function wrongTime(
  target: RevocationTarget | undefined,
  issuedBefore: number | undefined,
  now: number,
): RegistrationError | undefined {
  if (target?.kind === 'token') {
    if (issuedBefore !== undefined) return { code: 'invalid_issued_before', detail: NOT_FOR_ONE };
    return (issuedAtOf(target.id) ?? 0) > now + AHEAD
      ? { code: 'invalid_jti', detail: JTI_AHEAD }
      : undefined;
  }
  const lies = issuedBefore !== undefined && issuedBefore > now / 1000;
  return lies ? { code: 'invalid_issued_before', detail: `issued_before ${RULES.issued_before}` } : undefined;
}

/** Milliseconds by which the clock of a function that issues may be ahead. */
const AHEAD = 5 * 60_000;

const NOT_FOR_ONE = 'issued_before is not for jti: one token is refused whenever it was issued';
const JTI_AHEAD = 'jti is of a time that lies ahead: no token has it';

const RULES: Record<keyof Body, string> = {
  jti: 'has to be the jti of a token, or the id of a session: a UUID of version 7, in lower case',
  client_id: "has to be a client's id",
  credential_id: `has to be 1 to ${MAX_ID} characters, none of them a control character`,
  subject: `has to be 1 to ${MAX_ID} characters, none of them a control character`,
  tenant: 'has to be 1 to 100 letters, digits and . _ : @ - and begin with a letter or digit',
  kid: 'has to be the kid of a key, 43 characters',
  issued_before: 'has to be whole seconds since the epoch, not in the future',
};

function errorOf(issue: z.core.$ZodIssue | undefined, code = 'invalid_body'): RegistrationError {
  const member = String(issue?.path[0] ?? '');
  if (Object.hasOwn(RULES, member)) {
    return { code: `invalid_${member}`, detail: `${member} ${RULES[member as keyof Body]}` };
  }
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return {
    code,
    detail: unknown === undefined ? 'the body has to be a JSON object' : `there is no ${quoted(unknown)}`,
  };
}
