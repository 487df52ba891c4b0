/** Operators' roles, all of them in one item of the directory. */
import * as z from 'zod/mini';
import type { Roles } from '../../domain/roles.ts';
import { type Key, parse, text, texts } from './item.ts';

export const ROLES_KEY: Key = { pk: 'ROLES', sk: 'ROLES' };

const rolesShape = z.object({
  roles: z.array(z.object({ name: text, scopes: texts, description: z.optional(text) })),
});

/** A list, because the SDK takes no map with a key such as `constructor`, and a role may be named so. */
export const rolesAttributes = (roles: Roles) => ({
  roles: Object.entries(roles).map(([name, role]) => ({ name, ...role })),
});

export const parseRoles = (item: unknown): Roles =>
  Object.fromEntries(parse(rolesShape, item).roles.map(({ name, ...role }) => [name, role])) as Roles;
