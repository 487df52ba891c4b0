/** `tollgate keys`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addKeysList } from '../verbs/keys-list.ts';
import { addKeysRotate } from '../verbs/keys-rotate.ts';

/** Adds the verbs of the group. */
export function addKeys(program: Command): void {
  const group = program.command('keys').description('the keys that sign');
  for (const add of [addKeysList, addKeysRotate]) add(group);
}
