/** Operators' roles in the directory, in one item. */
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type RoleReader, type RoleScopes, rolesOf } from '../domain/roles.ts';
import { answered, type TableAccess } from './dynamodb.ts';
import { parseRoles, ROLES_KEY } from './items.ts';

/**
 * @param declared those of the table of routes
 * @returns what each role amounts to: one strongly consistent `GetItem`, each time. Whoever issues keeps it for a while,
 *   see `functions/wire-roles.ts`; whoever registers asks anew, because a role may have been set the moment before
 */
export const roleReader =
  ({ client, table }: TableAccess, declared: RoleScopes): RoleReader =>
  async () => {
    const get = new GetCommand({ TableName: table, Key: ROLES_KEY, ConsistentRead: true });
    const { Item } = await answered(client.send(get), 'reading the roles');
    return Item === undefined ? declared : rolesOf(declared, parseRoles(Item));
  };
