/**
 * What an operator may ask for when a client is to have one more credential: its kind, until when it is good, and
 * which one it replaces after how long an overlap. Read and checked here; nothing is minted or written.
 */
import * as z from 'zod/mini';
import { type Client, type Credential, isKeyId } from './client.ts';
import { type PublicKey, parsePublicKey } from './public-key.ts';
import { fail, ok, type Result } from './result.ts';
import { isCredentialId } from './secret-format.ts';

/** What the new credential is to be. */
export type Wanted = { kind: 'api_key' | 'client_secret' } | { kind: 'public_key'; key: PublicKey };

/** One more credential, as it was asked for. */
export interface CredentialRequest {
  /** As the one that it replaces where absent. */
  wanted?: Wanted;
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
  const parsed = credentialRequestSchema.safeParse(body);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0]));
  const { kind, jwk, expires_in: expiresIn, replaces, overlap } = parsed.data;
  if (replaces === undefined && overlap !== undefined) return invalid('overlap', 'needs replaces beside it');
  if (kind === undefined && jwk === undefined && replaces === undefined) return invalid('kind', RULES.kind);
  const wanted = wantedOf(kind, jwk);
  if (!wanted.ok) return wanted;
  return ok({
    ...(wanted.value !== undefined && { wanted: wanted.value }),
    ...(expiresIn !== undefined && { expiresIn }),
    ...(replaces !== undefined && {
      replaces: { credentialId: replaces, overlap: overlap ?? DEFAULT_OVERLAP },
    }),
  });
}

/**
 * @param replaced the credential that ends, if one does
 * @returns what the client is to have, or why it cannot have that
 */
export function wantedFor(
  client: Client,
  { wanted }: CredentialRequest,
  replaced: Credential | undefined,
): Result<Wanted, CredentialRequestError> {
  const kind = wanted?.kind ?? replaced?.kind;
  if (client.kind === 'user' && kind === 'public_key') return invalid('kind', NOT_FOR_USERS);
  if (wanted !== undefined) return ok(wanted);
  if (kind === 'public_key') return invalid('jwk', 'is missing: a public key is replaced by another one');
  return kind === 'api_key' || kind === 'client_secret' ? ok({ kind }) : invalid('kind', RULES.kind);
}

/**
 * @param now milliseconds since the epoch
 * @returns until when a credential that is replaced stays valid: what it had, cut to the overlap, never more
 */
export const endOf = ({ validUntil }: Credential, { overlap }: Replacement, now: number): number =>
  Math.min(validUntil ?? Number.POSITIVE_INFINITY, now + overlap * 1000);

const NOT_FOR_USERS = 'public_key is for services: a user logs in at POST /auth, which takes none';

const MIN_EXPIRY = 60;
const MAX_EXPIRY = 10 * 365 * 24 * 3600;

const seconds = (least: number, most: number) => z.optional(z.int().check(z.gte(least), z.lte(most)));

/** The body of a request for one more credential. */
export const credentialRequestSchema = z.strictObject({
  kind: z.optional(z.enum(['api_key', 'client_secret', 'public_key'])),
  jwk: z.optional(z.unknown()),
  expires_in: seconds(MIN_EXPIRY, MAX_EXPIRY),
  replaces: z.optional(z.string().check(z.refine((id) => isCredentialId(id) || isKeyId(id)))),
  overlap: seconds(0, MAX_OVERLAP),
});

export const RULES: Record<keyof z.output<typeof credentialRequestSchema>, string> = {
  kind: 'has to be "api_key", "client_secret" or "public_key", or that of the replaced one where it is left out; a password is one at a time and has no successor',
  jwk: 'has to be there with the kind public_key, and only with it: a public key',
  expires_in: `has to be a whole number of seconds from ${MIN_EXPIRY} to ${MAX_EXPIRY}`,
  replaces: 'has to be the id of an API key, client secret or public key; a password is not replaced here',
  overlap: `has to be a whole number of seconds from 0 to ${MAX_OVERLAP}`,
};

function wantedOf(
  kind: Wanted['kind'] | undefined,
  jwk: unknown,
): Result<Wanted | undefined, CredentialRequestError> {
  if (kind === undefined && jwk === undefined) return ok(undefined);
  if ((kind ?? 'public_key') !== 'public_key') {
    return jwk === undefined ? ok({ kind } as Wanted) : invalid('jwk', RULES.jwk);
  }
  if (jwk === undefined) return invalid('jwk', RULES.jwk);
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

/** What each member has to be, for the OpenAPI document. */
export { RULES as credentialRequestRules };
