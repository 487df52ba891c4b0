/** What is reported to have leaked: by an operator, one secret, or as secret scanners do it. Read, and recognised by its form. */
import * as z from 'zod/mini';
import { CLIENT_ID, type SecretCredential } from './client.ts';
import { parseRefreshToken, type RefreshToken } from './refresh-token.ts';
import { fail, ok, type Result } from './result.ts';
import { parseApiKey, parseClientSecret } from './secret-format.ts';
import { isSecretValue } from './secret-looking.ts';
import type { RegistrationError } from './vocabulary.ts';

/** Reports in one request. */
export const MAX_LEAKS = 100;
/** Characters of a secret: an access token is the longest. */
const MAX_SECRET = 8192;
const MAX_SOURCE = 2048;

const secret = z.string().check(z.minLength(1), z.maxLength(MAX_SECRET));

const single = z.strictObject({
  secret,
  policy: z.optional(z.enum(['disable', 'report'])),
  source: z.optional(z.nullable(z.string().check(z.maxLength(MAX_SOURCE)))),
  client_id: z.optional(z.string().check(z.regex(CLIENT_ID))),
});

const some = z.optional(z.nullable(z.string()));

/**
 * As GitHub's secret scanning sends them. What it adds one day is not looked at, and nothing of one report is a reason
 * to leave the others as they are: anyone can make a path that is long.
 */
const several = z
  .array(z.looseObject({ token: z.string().check(z.minLength(1)), type: some, url: some, source: some }))
  .check(z.minLength(1), z.maxLength(MAX_LEAKS));

/** The body of `POST /admin/leaks`. */
export const leakReportSchema = z.union([single, several]);

/** One secret that has leaked. */
export interface Leak {
  secret: string;
  /** Where it was found, without a secret in it. */
  source?: string;
  /** Whose it is, where that is known: of a client secret it saves looking through all clients. */
  clientId?: string;
}

export interface LeakReport {
  leaks: readonly Leak[];
  /** Whether what is found is ended, or only told of. */
  policy: 'disable' | 'report';
  /** Whether it came as a list. */
  isList: boolean;
}

/** @returns the report, or the first thing that is wrong with it: no word of the report is in that. */
export function parseLeakReport(body: unknown): Result<LeakReport, RegistrationError> {
  if (Array.isArray(body)) {
    const parsed = several.safeParse(body);
    if (!parsed.success) return fail({ code: 'invalid_body', detail: LIST });
    const leaks = parsed.data.map(({ token, url, source }) => leakOf(token, url || source));
    return ok({ leaks, policy: 'disable', isList: true });
  }
  const parsed = single.safeParse(body);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0]));
  const { secret, policy = 'disable', source, client_id: clientId } = parsed.data;
  const leak = { ...leakOf(secret, source), ...(clientId !== undefined && { clientId }) };
  return ok({ leaks: [leak], policy, isList: false });
}

/** A place that is named by a URL may have the secret in it, and what comes into the trail stays there. */
function leakOf(given: string, source: string | null | undefined): Leak {
  const secret = given.trim();
  if (source === undefined || source === null || source === '') return { secret };
  const decoded = source.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ');
  const tells = decoded.includes(secret) || isSecretValue(decoded) || isSecretValue(unescaped(decoded));
  return { secret, source: tells ? 'withheld: it holds a secret' : decoded.slice(0, MAX_SOURCE) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What a secret is by its form, which anyone can make: that there is one like it is yet to be found out. */
export type Recognised =
  | { kind: 'api_key'; clientId: string; credentialId: string; secret: string }
  | { kind: 'client_secret'; clientId?: string; credentialId: string; secret: string }
  | { kind: 'refresh_token'; token: RefreshToken }
  | { kind: 'access_token'; token: string };

/** @returns what the secret can be; `undefined` where it is none of ours, or was not copied whole */
export function recognised({ secret, clientId }: Leak): Recognised | undefined {
  if (secret.length > MAX_SECRET) return undefined;
  const apiKey = parseApiKey(secret);
  if (apiKey.ok) return { kind: 'api_key', ...apiKey.value, secret };
  const clientSecret = parseClientSecret(secret);
  if (clientSecret.ok) {
    const of = clientId === undefined ? {} : { clientId };
    return { kind: 'client_secret', ...of, ...clientSecret.value, secret };
  }
  const refreshToken = parseRefreshToken(secret);
  if (refreshToken.ok) return { kind: 'refresh_token', token: refreshToken.value };
  return JWS.test(secret) ? { kind: 'access_token', token: secret } : undefined;
}

/** Credentials, for whoever has a secret and asks whose it is. */
export interface LeakedCredentials {
  /** One strongly consistent read. @throws {StoreUnavailable} */
  find(clientId: string, credentialId: string): Promise<SecretCredential | undefined>;
  /** The credentials of this id, of all clients that are listed, a page of clients at a time. @throws {StoreUnavailable} */
  named(credentialId: string): AsyncIterable<SecretCredential[]>;
  /**
   * Ends a credential for good, unless it has another secret by now: one conditional write, one read more where it does
   * not hold.
   *
   * @param now milliseconds since the epoch
   * @returns when it was ended, the first time
   * @throws {StoreUnavailable}
   */
  end(credential: SecretCredential, now: number): Promise<CredentialEnd>;
}

export type CredentialEnd =
  | { outcome: 'revoked' | 'already_revoked'; revokedAt: number }
  | { outcome: 'unknown' };

const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const SINGLE =
  'the body has to be {"secret": "..."}, with policy, source and client_id where wanted, or a list of reports';
const LIST = `a list has to have 1 to ${MAX_LEAKS} reports {"token": "...", "type": "...", "url": "...", "source": "..."}, and each has to have a token`;

const RULES: Record<keyof z.output<typeof single>, string> = {
  secret: `has to be the secret, 1 to ${MAX_SECRET} characters`,
  policy: 'has to be "disable" or "report"',
  source: `has to be where it was found, ${MAX_SOURCE} characters at most`,
  client_id: "has to be a client's id",
};

function errorOf(issue: z.core.$ZodIssue | undefined): RegistrationError {
  const member = String(issue?.path[0] ?? '');
  if (Object.hasOwn(RULES, member)) {
    return { code: `invalid_${member}`, detail: `${member} ${RULES[member as keyof typeof RULES]}` };
  }
  // No name is quoted: whoever mistakes the form may have the secret in the place of one.
  return { code: 'invalid_body', detail: SINGLE };
}
