/** `tollgate keys`: its verbs, in the order of its help. */
import type { Command } from 'commander';

/** Adds the verbs of the group. */
export function addKeys(program: Command): void {
  program.command('keys').description('the keys that sign');
}
