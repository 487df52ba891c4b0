/** `tollgate credentials`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addCredentialsAdd } from '../verbs/credentials-add.ts';
import { addCredentialsDisable, addCredentialsEnable } from '../verbs/credentials-disable.ts';
import { addCredentialsImport } from '../verbs/credentials-import.ts';
import { addCredentialsList } from '../verbs/credentials-list.ts';
import { addCredentialsRevoke } from '../verbs/credentials-revoke.ts';
import { addCredentialsRotate } from '../verbs/credentials-rotate.ts';

/** Adds the verbs of the group. */
export function addCredentials(program: Command): void {
  const group = program.command('credentials').description('the ways in which a client proves itself');
  for (const add of VERBS) add(group);
}

const VERBS = [
  addCredentialsAdd,
  addCredentialsRotate,
  addCredentialsList,
  addCredentialsDisable,
  addCredentialsEnable,
  addCredentialsRevoke,
  addCredentialsImport,
];
