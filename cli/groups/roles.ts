/** `tollgate roles`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addRolesList } from '../verbs/roles-list.ts';
import { addRolesRemove } from '../verbs/roles-remove.ts';
import { addRolesSet } from '../verbs/roles-set.ts';

/** Adds the verbs of the group. */
export function addRoles(program: Command): void {
  const group = program.command('roles').description('what clients may do, by the name of a role');
  for (const add of [addRolesSet, addRolesList, addRolesRemove]) add(group);
}
