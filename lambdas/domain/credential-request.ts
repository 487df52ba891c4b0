/**
 * What an operator may ask for when a client is to have one more credential: its kind, until when it is good, and
 * which one it replaces after how long an overlap. Read and checked here; nothing is minted or written.
 */
import * as z from 'zod/mini';
import { type Client, type Credential, isKeyId } from './client.ts';
import { type PublicKey, parsePublicKey } from './public-key.ts';
import { fail, ok, type Result } from './result.ts';
import { isCredentialId } from './secret-format.ts';

/** One more credential, as it was asked for. */
export interface CredentialRequest {
  wanted: { kind: 'api_key' | 'client_secret' } | { kind: 'public_key'; key: PublicKey };
  /** Seconds that the new one is good; for ever where absent. */
  expiresIn?: number;
  replaces?: Replacement;
}

/** A credential that ends, and how many seconds from now it is good at most. */
export interface Replacement {
  credentialId: string;
  overlap: number;
}

/** A stable code, `invalid_<member>` or a key's, and a sentence that names the member. */
export interface CredentialRequestError {
  code: string;
  detail: string;
}

/** Seconds: a day is time to bring the new one to where the old one is used. */
const DEFAULT_OVERLAP = 24 * 3600;
const MAX_OVERLAP = 90 * 24 * 3600;

/** @returns what was asked for, or the first thing that is wrong with it */
export function parseCredentialRequest(body: unknown): Result<CredentialRequest, CredentialRequestError> {
  const parsed = shape.safeParse(body);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0]));
  const { kind, jwk, expires_in: expiresIn, replaces, overlap } = parsed.data;
  if (replaces === undefined && overlap !== undefined) return invalid('overlap', 'needs replaces beside it');
  if ((kind === 'public_key') !== (jwk !== undefined)) return invalid('jwk', RULES.jwk);
  const wanted = kind === 'public_key' ? withKey(jwk) : ok({ kind });
  if (!wanted.ok) return wanted;
  return ok({
    wanted: wanted.value,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(replaces !== undefined && {
      replaces: { credentialId: replaces, overlap: overlap ?? DEFAULT_OVERLAP },
    }),
  });
}

/** @returns what is wrong with giving this client such a credential. */
export const unsuitable = (
  client: Client,
  { wanted }: CredentialRequest,
): CredentialRequestError | undefined =>
  client.kind === 'user' && wanted.kind === 'public_key'
    ? { code: 'invalid_kind', detail: 'kind public_key is for services: a user logs in at POST /auth' }
    : undefined;

/**
 * @param now milliseconds since the epoch
 * @returns until when a credential that is replaced stays valid: what it had, cut to the overlap, never more
 */
export const endOf = ({ validUntil }: Credential, { overlap }: Replacement, now: number): number =>
  Math.min(validUntil ?? Number.POSITIVE_INFINITY, now + overlap * 1000);

const MIN_EXPIRY = 60;
const MAX_EXPIRY = 10 * 365 * 24 * 3600;

const seconds = (least: number, most: number) => z.optional(z.int().check(z.gte(least), z.lte(most)));

const shape = z.strictObject({
  kind: z.enum(['api_key', 'client_secret', 'public_key']),
  jwk: z.optional(z.unknown()),
  expires_in: seconds(MIN_EXPIRY, MAX_EXPIRY),
  replaces: z.optional(z.string().check(z.refine((id) => isCredentialId(id) || isKeyId(id)))),
  overlap: seconds(0, MAX_OVERLAP),
});

const RULES: Record<keyof z.output<typeof shape>, string> = {
  kind: 'has to be "api_key", "client_secret" or "public_key"; a password is one at a time, and has no successor',
  jwk: 'has to be there with the kind public_key, and only with it: a public key',
  expires_in: `has to be a whole number of seconds from ${MIN_EXPIRY} to ${MAX_EXPIRY}`,
  replaces: 'has to be the id of a credential, and none of a password',
  overlap: `has to be a whole number of seconds from 0 to ${MAX_OVERLAP}`,
};

function withKey(jwk: unknown): Result<CredentialRequest['wanted'], CredentialRequestError> {
  const key = parsePublicKey(jwk);
  return key.ok
    ? ok({ kind: 'public_key', key: key.value })
    : fail({ code: key.failure.code, detail: `jwk ${key.failure.detail}` });
}

function errorOf(issue: z.core.$ZodIssue | undefined): CredentialRequestError {
  const member = String(issue?.path[0] ?? '');
  if (isMember(member)) return { code: `invalid_${member}`, detail: `${member} ${RULES[member]}` };
  const detail =
    issue?.code === 'unrecognized_keys'
      ? `the members are ${Object.keys(RULES).join(', ')}`
      : 'the body has to be a JSON object';
  return { code: 'invalid_body', detail };
}

const isMember = (name: string): name is keyof typeof RULES => Object.hasOwn(RULES, name);

const invalid = (member: keyof typeof RULES, rule: string) =>
  fail<CredentialRequestError>({ code: `invalid_${member}`, detail: `${member} ${rule}` });
