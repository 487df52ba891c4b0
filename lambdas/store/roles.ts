/** Operators' roles in the directory, in one item. */
import type { RevisedRecord } from '../domain/revised.ts';
import { type RoleReader, type RoleScopes, type Roles, rolesOf } from '../domain/roles.ts';
import type { TableAccess } from './dynamodb.ts';
import { parseRoles, ROLES_KEY, rolesAttributes } from './items.ts';
import { type RevisedItem, readRevised, revisedRecord } from './revised.ts';

const item: RevisedItem<Roles> = {
  key: ROLES_KEY,
  none: {},
  parse: parseRoles,
  attributes: rolesAttributes,
};

/**
 * @param declared those of the table of routes
 * @returns what each role amounts to: one strongly consistent `GetItem`, each time. Whoever issues keeps it for a while,
 *   see `functions/wire-roles.ts`; whoever registers asks anew, because a role may have been set the moment before
 */
export const roleReader =
  (directory: TableAccess, declared: RoleScopes): RoleReader =>
  async () =>
    rolesOf(declared, await readRevised(directory, item));

/** @returns operators' roles as they see and change them. */
export const roleRecord = (directory: TableAccess, newRevision: () => string): RevisedRecord<Roles> =>
  revisedRecord(directory, item, newRevision);
