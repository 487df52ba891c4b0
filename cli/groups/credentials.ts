/** `tollgate credentials`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addCredentialsAdd } from '../verbs/credentials-add.ts';
import { addCredentialsRotate } from '../verbs/credentials-rotate.ts';

/** Adds the verbs of the group. */
export function addCredentials(program: Command): void {
  const group = program.command('credentials').description('the ways in which a client proves itself');
  for (const add of [addCredentialsAdd, addCredentialsRotate]) add(group);
}
