/** Operators' roles, all of them in one item of the directory. */
import * as z from 'zod/mini';
import type { Roles } from '../../domain/roles.ts';
import { type Key, parse, text, texts } from './item.ts';

export const ROLES_KEY: Key = { pk: 'ROLES', sk: 'ROLES' };

const rolesShape = z.object({
  roles: z.record(text, z.object({ scopes: texts, description: z.optional(text) })),
});

export const parseRoles = (item: unknown): Roles => parse(rolesShape, item).roles as Roles;
