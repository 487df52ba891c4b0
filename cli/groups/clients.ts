/** `tollgate clients`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addClientsCreate } from '../verbs/clients-create.ts';
import { addClientsDelete } from '../verbs/clients-delete.ts';
import { addClientsDisable, addClientsEnable } from '../verbs/clients-disable.ts';
import { addClientsList } from '../verbs/clients-list.ts';
import { addClientsShow } from '../verbs/clients-show.ts';
import { addClientsUpdate } from '../verbs/clients-update.ts';

/** Adds the verbs of the group. */
export function addClients(program: Command): void {
  const group = program.command('clients').description('whoever may ask for tokens');
  for (const add of VERBS) add(group);
}

const VERBS = [
  addClientsCreate,
  addClientsList,
  addClientsShow,
  addClientsUpdate,
  addClientsDisable,
  addClientsEnable,
  addClientsDelete,
];
