/** What a login asks for, and what it gets of that. */
import { checkClaims } from './claims.ts';
import type { Client } from './client.ts';
import { fail, ok, type Result } from './result.ts';
import { MAX_TOKEN_LIFETIME } from './revocation.ts';
import type { RoleScopes } from './roles.ts';
import { inWords, parseScope, type Scope } from './scope.ts';

/** The body of `POST /auth`; each member may be absent. */
export interface TokenRequest {
  scopes?: readonly Scope[];
  claims?: Readonly<Record<string, unknown>>;
  /** Seconds. */
  expiresIn?: number;
}

/** What a token is to be made of. */
export interface Grant {
  scopes: readonly Scope[];
  claims: Readonly<Record<string, string>>;
  /** Seconds. */
  lifetime: number;
}

/** Why there is no token: a code of RFC 6749 §5.2 and a sentence for the client's developer. */
export interface TokenRefusal {
  error: 'invalid_request' | 'invalid_scope';
  description: string;
}

/** What the deployment says about every token. */
export interface TokenTerms {
  /** Scopes of each role, as it is at the moment. */
  roles: RoleScopes;
  /** Seconds that a token lives where neither its client nor the request says less. */
  tokenLifetime: number;
}

/** The same, so far as it stays what it is while a function runs: roles are read. */
export type DeployedTerms = Omit<TokenTerms, 'roles'>;

const MEMBERS = ['scope', 'claims', 'expiresIn'];

/**
 * Reads the body of a login. What depends on the client is left to {@link grant}.
 *
 * @param body the parsed JSON object, `undefined` where there was none
 */
export function parseTokenRequest(
  body: Readonly<Record<string, unknown>> | undefined,
): Result<TokenRequest, TokenRefusal> {
  const { scope, claims, expiresIn, ...rest } = body ?? {};
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    return invalid(`unknown member '${unknown.slice(0, 64)}'; known are ${MEMBERS.join(', ')}`);
  }
  if (scope !== undefined && typeof scope !== 'string') return invalid('scope has to be a string');
  if (claims !== undefined && !isObject(claims)) return invalid('claims has to be an object of strings');
  if (expiresIn !== undefined && !isSeconds(expiresIn)) {
    return invalid('expiresIn has to be a whole number of seconds, at least 1');
  }
  const scopes = scope === undefined ? undefined : parseScope(scope);
  if (scopes?.ok === false) return fail({ error: 'invalid_scope', description: scopes.failure });
  return ok({
    ...(scopes !== undefined && { scopes: scopes.value }),
    ...(claims !== undefined && { claims }),
    ...(expiresIn !== undefined && { expiresIn }),
  });
}

/** @returns what the client gets of what it asks for, or the first thing that it may not have. */
export function grant(request: TokenRequest, client: Client, terms: TokenTerms): Result<Grant, TokenRefusal> {
  const own = scopesOf(client, terms.roles);
  const foreign = request.scopes?.find((scope) => !own.includes(scope));
  if (foreign !== undefined) {
    return fail({ error: 'invalid_scope', description: `this client does not have ${inWords(foreign)}` });
  }
  const claims = checkClaims(request.claims ?? {}, client.allowedClaims);
  if (!claims.ok) return invalid(claims.failure);
  const longest = tokenLifetimeOf(client, terms);
  if (request.expiresIn !== undefined && request.expiresIn > longest) {
    return invalid(`expiresIn can be at most ${longest} for this client`);
  }
  return ok({
    scopes: request.scopes ?? own,
    claims: claims.value,
    lifetime: request.expiresIn ?? longest,
  });
}

/** @returns the client's own scopes and those of its roles, each once. A role that is gone gives none. */
export function scopesOf(client: Pick<Client, 'scopes' | 'roles'>, roles: TokenTerms['roles']): Scope[] {
  const ofRoles = client.roles.flatMap((role) => (Object.hasOwn(roles, role) ? (roles[role] ?? []) : []));
  return [...new Set([...client.scopes, ...ofRoles])];
}

/** @returns seconds that a token of the client lives at most. */
export const tokenLifetimeOf = (
  { tokenLifetime }: Pick<Client, 'tokenLifetime'>,
  terms: Pick<TokenTerms, 'tokenLifetime'>,
): number => Math.min(tokenLifetime ?? terms.tokenLifetime, MAX_TOKEN_LIFETIME);

const invalid = (description: string) => fail({ error: 'invalid_request' as const, description });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
