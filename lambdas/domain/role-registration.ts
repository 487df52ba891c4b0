/** A role as operators write it and read it, in JSON. */
import * as z from 'zod/mini';
import { fail, ok, type Result } from './result.ts';
import type { Role, RoleScopes, Roles } from './roles.ts';
import type { Scope } from './scope.ts';
import { brokenRule, type RegistrationError, unknownName } from './vocabulary.ts';

/** What a role can be named: a letter or digit, then letters, digits and `. _ : -`, 64 at most. */
export const ROLE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

const MAX_SCOPES = 50;

/** Bytes of all roles: an item has 400 kB at most, and whoever issues tokens reads it every minute. */
const MAX_ROLES = 64 * 1024;

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** One to two hundred characters on one line: nothing that controls or reorders the text around it. */
const DESCRIPTION = /^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,200}(?<!\s)$/u;

export const roleSettingSchema = z.strictObject({
  scopes: z.array(z.string()).check(z.maxLength(MAX_SCOPES), z.refine(distinct)),
  description: z.optional(z.string().check(z.regex(DESCRIPTION))),
});

const RULES: Readonly<Record<string, string>> = {
  scopes: `has to be an array of at most ${MAX_SCOPES} different scopes; an empty one makes a role that is a name alone`,
  description:
    'has to be 1 to 200 characters, without control characters, marks that turn the direction of text, or spaces at either end',
};

/**
 * @param body what the request's JSON says
 * @param scopes every scope that there is
 * @returns the role, or the first thing that is wrong with it: `invalid_<member>`, `invalid_body` or `unknown_scope`
 */
export function parseRoleSetting(body: unknown, scopes: readonly Scope[]): Result<Role, RegistrationError> {
  const parsed = roleSettingSchema.safeParse(body);
  if (!parsed.success)
    return fail(
      brokenRule(parsed.error.issues[0], RULES, 'the body has to be a JSON object with the member scopes'),
    );
  const { description, ...role } = parsed.data;
  const wrong = unknownName({ scopes: role.scopes, roles: [] }, { scopes, roles: [] });
  if (wrong !== undefined) return fail(wrong);
  return ok({ ...role, ...(description !== undefined && { description }) });
}

/** @returns the roles with this one, or nothing where all together are too large to be read by each login. */
export function withRole(roles: Roles, name: string, role: Role): Roles | undefined {
  const next = { ...roles, [name]: role };
  return new TextEncoder().encode(JSON.stringify(next)).length > MAX_ROLES ? undefined : next;
}

export const withoutRole = (roles: Roles, name: string): Roles =>
  Object.fromEntries(Object.entries(roles).filter(([each]) => each !== name));

export interface DescribedRole extends Role {
  role: string;
  /** Whether the table of routes says so: then operators cannot change it. */
  declared: boolean;
}

/** @returns all roles as JSON, those that are declared first, each group by name. One that is both is what is declared. */
export const describeRoles = (declared: RoleScopes, roles: Roles): DescribedRole[] => [
  ...sorted(declared).map(([role, scopes]) => ({ role, scopes, declared: true })),
  ...sorted(roles)
    .filter(([role]) => !Object.hasOwn(declared, role))
    .map(([role, set]) => ({ role, ...set, declared: false })),
];

const sorted = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
