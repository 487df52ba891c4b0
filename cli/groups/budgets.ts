/** `tollgate budgets`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addBudgetsList } from '../verbs/budgets-list.ts';
import { addBudgetsRemove } from '../verbs/budgets-remove.ts';
import { addBudgetsSet } from '../verbs/budgets-set.ts';

/** Adds the verbs of the group. */
export function addBudgets(program: Command): void {
  const group = program.command('budgets').description('what may be spent, and what was');
  for (const add of [addBudgetsSet, addBudgetsList, addBudgetsRemove]) add(group);
}
