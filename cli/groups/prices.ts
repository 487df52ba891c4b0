/** `tollgate prices`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addPricesList } from '../verbs/prices-list.ts';
import { addPricesRemove } from '../verbs/prices-remove.ts';
import { addPricesSet } from '../verbs/prices-set.ts';

/** Adds the verbs of the group. */
export function addPrices(program: Command): void {
  const group = program.command('prices').description('what calls cost, and from when on');
  for (const add of [addPricesSet, addPricesList, addPricesRemove]) add(group);
}
