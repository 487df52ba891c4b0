/**
 * What an operator may register, in the words of RFC 7591: read from JSON, checked against the scopes and roles
 * that there are, and turned into a client. Nothing here hashes, mints or writes.
 */
import * as z from 'zod/mini';
import { isClaimName } from './claims.ts';
import { CLIENT_ID, type Client, grantTypesOf, REFRESH_LIFETIME } from './client.ts';
import { grantTypes } from './grant-type.ts';
import { MAX_KEYS, type PublicKey, parseKeys } from './public-key.ts';
import { fail, ok, type Result } from './result.ts';
import { MAX_REFRESH_LIFETIME, MAX_TOKEN_LIFETIME } from './revocation.ts';
import { parseScope, type Scope } from './scope.ts';
import { TENANT } from './tenant.ts';
import { brokenRule, type RegistrationError, unknownName, type Vocabulary } from './vocabulary.ts';

/** A client as it was asked for: with or without an id of the operator's choice, not created yet. */
export type Registration = Omit<Client, 'clientId' | 'state' | 'createdAt'> & { clientId?: string };

/** A registration, and the keys by which the client proves itself; by secrets where there are none. */
export interface Registered {
  registration: Registration;
  keys: readonly PublicKey[];
}

/**
 * @param body what the request's JSON says
 * @param known every scope and role of the deployment
 * @returns the registration, or the first thing that is wrong with it
 */
export function parseRegistration(body: unknown, known: Vocabulary): Result<Registered, RegistrationError> {
  const parsed = clientRegistrationSchema.safeParse(body);
  if (!parsed.success) return fail(memberError(parsed.error.issues[0]));
  const { scope, roles = [], jwks, ...rest } = parsed.data;
  const scopes = scope === undefined ? ok([]) : parseScope(scope);
  if (!scopes.ok) return fail({ code: 'invalid_scope', detail: scopes.failure });
  const keys = parseKeys(jwks?.keys ?? []);
  if (!keys.ok) return fail({ code: keys.failure.code, detail: `jwks ${keys.failure.detail}` });
  const wrong = unknownName({ scopes: scopes.value, roles }, known) ?? contradiction(parsed.data);
  if (wrong !== undefined) return fail(wrong);
  return ok({ registration: registrationOf(rest, scopes.value, roles), keys: keys.value });
}

/**
 * @param registration what was asked for
 * @param clientId its id, chosen or minted
 * @param now milliseconds since the epoch
 */
export const clientOf = (registration: Registration, clientId: string, now: number): Client => ({
  ...registration,
  clientId,
  state: 'active',
  createdAt: now,
});

/** One to a hundred characters that show what they are: nothing that controls or reorders the text around it. */
const NAME = /^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,100}(?<!\s)$/u;
const MAX_NAMES = 50;
const MIN_TOKEN_LIFETIME = 60;

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;
const names = (isName: (name: string) => boolean) =>
  z.array(z.string().check(z.refine(isName))).check(z.maxLength(MAX_NAMES), z.refine(distinct));

const lifetime = (least: number, most: number) => z.optional(z.int().check(z.gte(least), z.lte(most)));

/** The body of a registration, member for member. */
export const clientRegistrationSchema = z.strictObject({
  client_id: z.optional(z.string().check(z.regex(CLIENT_ID))),
  client_name: z.string().check(z.regex(NAME)),
  kind: z.optional(z.enum(['service', 'user'])),
  scope: z.optional(z.string()),
  roles: z.optional(names((name) => name !== '')),
  tenant: z.optional(z.string().check(z.regex(TENANT))),
  allowed_claims: z.optional(names(isClaimName)),
  token_lifetime: lifetime(MIN_TOKEN_LIFETIME, MAX_TOKEN_LIFETIME),
  grant_types: z.optional(z.array(z.enum(grantTypes)).check(z.minLength(1), z.refine(distinct))),
  jwks: z.optional(
    z.strictObject({ keys: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_KEYS)) }),
  ),
  refresh_token_lifetime: lifetime(MIN_TOKEN_LIFETIME, MAX_REFRESH_LIFETIME),
  refresh_token_idle_lifetime: lifetime(MIN_TOKEN_LIFETIME, MAX_REFRESH_LIFETIME),
});

type Body = z.output<typeof clientRegistrationSchema>;

export const registrationRules: Record<keyof Body, string> = {
  client_id:
    'has to be 1 to 64 letters, digits and . _ - with a letter or digit at either end, and not begin as secrets do: tg_, tgs_ or tgr_',
  client_name:
    'is required: 1 to 100 characters, without control characters, marks that turn the direction of text, or spaces at either end',
  kind: 'has to be "service" or "user"',
  scope: 'has to be a string of names separated by single spaces',
  roles: `has to be an array of at most ${MAX_NAMES} different names`,
  tenant: 'has to be 1 to 100 letters, digits and . _ : @ - and begin with a letter or digit',
  allowed_claims: `has to be an array of at most ${MAX_NAMES} different claim names that a login may set: none that is reserved or looks like a secret`,
  token_lifetime: `has to be a whole number of seconds from ${MIN_TOKEN_LIFETIME} to ${MAX_TOKEN_LIFETIME}`,
  grant_types: `has to be an array of different names, at least one: ${grantTypes.join(', ')}`,
  jwks: `has to be {"keys": [...]} with 1 to ${MAX_KEYS} public keys`,
  refresh_token_lifetime: `has to be a whole number of seconds from ${MIN_TOKEN_LIFETIME} to ${MAX_REFRESH_LIFETIME}`,
  refresh_token_idle_lifetime: `has to be a whole number of seconds from ${MIN_TOKEN_LIFETIME} to ${MAX_REFRESH_LIFETIME}`,
};

/** @returns what is wrong with a member, or with the body as a whole: a code, and the rule. */
export const memberError = (issue: z.core.$ZodIssue | undefined): RegistrationError =>
  brokenRule(issue, registrationRules);

/** What each member for itself may say, and all together cannot mean. */
function contradiction(body: Body): RegistrationError | undefined {
  if (body.kind === 'user' && body.jwks !== undefined) {
    return { code: 'invalid_jwks', detail: 'jwks is for services: a user logs in with a password' };
  }
  return sessionContradiction(body);
}

/** A session that cannot begin, or terms of a session that there cannot be. */
function sessionContradiction(body: Body): RegistrationError | undefined {
  const { kind = 'service', grant_types: grantTypes } = body;
  const grants = grantTypesOf({ kind, ...(grantTypes !== undefined && { grantTypes }) });
  const refreshes = grants.includes('refresh_token');
  if (kind === 'service' && refreshes && !grants.includes('client_credentials')) {
    const detail = 'grant_types has refresh_token without client_credentials, by which a session begins';
    return { code: 'invalid_grant_types', detail };
  }
  const unused = refreshes ? undefined : SESSION_TERMS.find((name) => body[name] !== undefined);
  if (unused !== undefined) {
    return { code: `invalid_${unused}`, detail: `${unused} is for clients with the grant refresh_token` };
  }
  const { refresh_token_lifetime: whole = REFRESH_LIFETIME, refresh_token_idle_lifetime: idle = 0 } = body;
  if (idle <= whole) return undefined;
  const detail = `refresh_token_idle_lifetime cannot be longer than refresh_token_lifetime, ${whole} seconds`;
  return { code: 'invalid_refresh_token_idle_lifetime', detail };
}

const SESSION_TERMS = ['refresh_token_lifetime', 'refresh_token_idle_lifetime'] as const;

const registrationOf = (
  body: Omit<Body, 'scope' | 'roles' | 'jwks'>,
  scopes: readonly Scope[],
  roles: readonly string[],
): Registration => ({
  ...(body.client_id !== undefined && { clientId: body.client_id }),
  name: body.client_name,
  kind: body.kind ?? 'service',
  scopes,
  roles,
  ...(body.tenant !== undefined && { tenant: body.tenant }),
  allowedClaims: body.allowed_claims ?? [],
  ...(body.token_lifetime !== undefined && { tokenLifetime: body.token_lifetime }),
  ...(body.grant_types !== undefined && { grantTypes: body.grant_types }),
  ...(body.refresh_token_lifetime !== undefined && { refreshLifetime: body.refresh_token_lifetime }),
  ...(body.refresh_token_idle_lifetime !== undefined && { refreshIdle: body.refresh_token_idle_lifetime }),
});
