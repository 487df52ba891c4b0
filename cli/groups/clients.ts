/** `tollgate clients`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addClientsCreate } from '../verbs/clients-create.ts';

/** Adds the verbs of the group. */
export function addClients(program: Command): void {
  const group = program.command('clients').description('whoever may ask for tokens');
  for (const add of [addClientsCreate]) add(group);
}
