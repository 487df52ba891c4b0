/** `tollgate tokens`: its verbs, in the order of its help. */
import type { Command } from 'commander';

/** Adds the verbs of the group. */
export function addTokens(program: Command): void {
  program.command('tokens').description('look into tokens, and revoke them');
}
