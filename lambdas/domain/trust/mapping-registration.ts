/** The mappings of a trusted issuer as an operator writes them: the JSON, its rules, and the way back to JSON. */
import * as z from 'zod/mini';
import { isClaimName, MAX_CLAIMS } from '../claims.ts';
import { CLIENT_ID } from '../client.ts';
import { MAX_TOKEN_LIFETIME } from '../revocation.ts';
import { parseScope } from '../scope.ts';
import { isClaimPattern } from './claim-pattern.ts';
import { isClaimReference } from './claim-reference.ts';
import { isIdentityTemplate, isSubjectTemplate, isTemplate } from './claim-template.ts';
import type { ByClaim, Mapping } from './trusted-issuer.ts';

const MAX_MATCH_CLAIMS = 20;
const MAX_PATTERNS = 20;
const MAX_VALUES = 100;
const MAX_VALUE = 256;
const MAX_ROLES = 50;
const MIN_TOKEN_LIFETIME = 60;

const text = (rule: (text: string) => boolean) => z.string().check(z.refine(rule));
const pattern = text(isClaimPattern);
const scope = text((value) => parseScope(value).ok);
const roles = z.array(text((name) => name !== '')).check(z.maxLength(MAX_ROLES));

/** An object with names of the sender's choice. The names are looked at first: a record drops `__proto__` silently. */
const dictionary = <Value extends z.ZodMiniType>(
  isName: (name: string) => boolean,
  max: number,
  value: Value,
) =>
  z.pipe(
    z.custom<Record<string, unknown>>(
      (given) =>
        typeof given === 'object' &&
        given !== null &&
        !Array.isArray(given) &&
        Object.keys(given).length <= max &&
        Object.keys(given).every((name) => name !== '__proto__' && isName(name)),
    ),
    z.record(z.string(), value),
  );

const byClaim = <Value extends z.ZodMiniType>(value: Value) =>
  z.strictObject({
    claim: text(isClaimReference),
    values: dictionary((name) => name !== '' && name.length <= MAX_VALUE, MAX_VALUES, value),
  });

export const mappingShape = z.strictObject({
  match: dictionary(
    isClaimReference,
    MAX_MATCH_CLAIMS,
    z.union([pattern, z.array(pattern).check(z.minLength(1), z.maxLength(MAX_PATTERNS))]),
  ).check(z.refine((match) => Object.keys(match).length > 0)),
  client_id: z.string().check(z.regex(CLIENT_ID)),
  subject: text(isSubjectTemplate),
  tenant: z.optional(text(isIdentityTemplate)),
  scope: z.optional(scope),
  roles: z.optional(roles),
  scopes_from: z.optional(byClaim(scope)),
  roles_from: z.optional(byClaim(roles)),
  claims: z.optional(dictionary(isClaimName, MAX_CLAIMS, text(isTemplate))),
  token_lifetime: z.optional(z.int().check(z.gte(MIN_TOKEN_LIFETIME), z.lte(MAX_TOKEN_LIFETIME))),
});

type MappingBody = z.output<typeof mappingShape>;

/** What each member has to be; a sentence that goes on from the member's name. */
export const mappingRules: Readonly<Record<keyof MappingBody, string>> = {
  match: `has to be an object of 1 to ${MAX_MATCH_CLAIMS} claims, each with a pattern or 1 to ${MAX_PATTERNS} of them`,
  client_id: 'has to be the id of a client',
  subject:
    'has to be a template that begins with text up to a colon, such as "github:{repository}", with text between any two claims',
  tenant: 'has to be a template, with text between any two claims',
  scope: 'has to be a string of scopes separated by single spaces',
  roles: `has to be an array of at most ${MAX_ROLES} names`,
  scopes_from: `has to be an object of a claim and its values, at most ${MAX_VALUES}, each with the scopes that it gives`,
  roles_from: `has to be an object of a claim and its values, at most ${MAX_VALUES}, each with the roles that it gives`,
  claims: `has to be an object of at most ${MAX_CLAIMS} claims with templates; no name may be reserved or look like a secret`,
  token_lifetime: `has to be a whole number of seconds from ${MIN_TOKEN_LIFETIME} to ${MAX_TOKEN_LIFETIME}`,
};

/** @returns the mapping that was written. */
export const mappingOf = (body: MappingBody): Mapping => ({
  match: changed(body.match, (patterns) => (typeof patterns === 'string' ? [patterns] : patterns)),
  clientId: body.client_id,
  subject: body.subject,
  ...(body.tenant !== undefined && { tenant: body.tenant }),
  scopes: body.scope?.split(' ') ?? [],
  roles: body.roles ?? [],
  ...(body.scopes_from !== undefined && {
    scopesFrom: byClaimOf(body.scopes_from, (scopes) => scopes.split(' ')),
  }),
  ...(body.roles_from !== undefined && { rolesFrom: body.roles_from }),
  claims: body.claims ?? {},
  ...(body.token_lifetime !== undefined && { tokenLifetime: body.token_lifetime }),
});

/** @returns the mapping as JSON: what {@link mappingOf} makes the same mapping of. */
export const describeMapping = (mapping: Mapping): Record<string, unknown> => ({
  match: mapping.match,
  client_id: mapping.clientId,
  subject: mapping.subject,
  tenant: mapping.tenant,
  ...(mapping.scopes.length > 0 && { scope: mapping.scopes.join(' ') }),
  roles: mapping.roles,
  ...(mapping.scopesFrom !== undefined && {
    scopes_from: byClaimOf(mapping.scopesFrom, (scopes) => scopes.join(' ')),
  }),
  roles_from: mapping.rolesFrom,
  claims: mapping.claims,
  token_lifetime: mapping.tokenLifetime,
});

/** @returns every scope that the mapping can give by itself, and every role. */
export const namesIn = ({ scopes, roles, scopesFrom, rolesFrom }: Mapping) => ({
  scopes: [...scopes, ...valuesOf(scopesFrom)],
  roles: [...roles, ...valuesOf(rolesFrom)],
});

const valuesOf = (byClaim: ByClaim | undefined): string[] => Object.values(byClaim?.values ?? {}).flat();

function byClaimOf<From, To>(
  { claim, values }: { claim: string; values: Readonly<Record<string, From>> },
  change: (value: From) => To,
): { claim: string; values: Record<string, To> } {
  return { claim, values: changed(values, change) };
}

const changed = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
