/** `tollgate prices`: its verbs, in the order of its help. */
import type { Command } from 'commander';

/** Adds the verbs of the group. */
export function addPrices(program: Command): void {
  program.command('prices').description('what calls cost');
}
