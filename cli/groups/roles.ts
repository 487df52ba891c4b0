/** `tollgate roles`: its verbs, in the order of its help. */
import type { Command } from 'commander';

/** Adds the verbs of the group. */
export function addRoles(program: Command): void {
  program.command('roles').description('what clients may do, by the name of a role');
}
