/** `tollgate audit`: its verbs, in the order of its help. */
import type { Command } from 'commander';

/** Adds the verbs of the group. */
export function addAudit(program: Command): void {
  program.command('audit').description('who changed what');
}
