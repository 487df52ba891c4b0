/** `tollgate issuers`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addIssuersList } from '../verbs/issuers-list.ts';
import { addIssuersPresets } from '../verbs/issuers-presets.ts';
import { addIssuersRemove } from '../verbs/issuers-remove.ts';
import { addIssuersSet } from '../verbs/issuers-set.ts';

/** Adds the verbs of the group. */
export function addIssuers(program: Command): void {
  const group = program.command('issuers').description('whose tokens are trusted, and for what');
  for (const add of [addIssuersSet, addIssuersList, addIssuersRemove, addIssuersPresets]) add(group);
}
