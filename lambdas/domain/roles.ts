/**
 * Roles: names that stand for scopes. Those of the table of routes are declared; operators add their own while the
 * deployment runs, and cannot change a declared one.
 */
import type { Scope } from './scope.ts';

/** The scopes of each role, by its name. A name may be anything that an object has by birth: ask `Object.hasOwn`. */
export type RoleScopes = Readonly<Record<string, readonly Scope[]>>;

/** A role as an operator set it. */
export interface Role {
  scopes: readonly Scope[];
  /** For people. */
  description?: string;
}

/** Operators' roles, by their names: one record, which is replaced whole. */
export type Roles = Readonly<Record<string, Role>>;

/** @returns what each role amounts to at this moment. @throws {StoreUnavailable} where nobody can say */
export type RoleReader = () => Promise<RoleScopes>;

/** @returns what each role amounts to: a name that is declared is what the declaration says, whatever operators said. */
export const rolesOf = (declared: RoleScopes, roles: Roles): RoleScopes => ({
  ...Object.fromEntries(Object.entries(roles).map(([name, { scopes }]) => [name, scopes])),
  ...declared,
});

/** Who has a role: a client, or a mapping of a trusted issuer. */
export interface RoleUser {
  kind: 'client' | 'issuer';
  id: string;
}

export interface RoleUsers {
  /** @returns up to so many that have it, clients first. @throws {StoreUnavailable} */
  find(role: string, most: number): Promise<RoleUser[]>;
}
