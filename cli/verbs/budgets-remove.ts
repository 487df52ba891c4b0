/** `tollgate budgets remove`: takes a budget away (`DELETE /admin/budgets`). */
import type { Command } from 'commander';
import { deleteBudget, inWords, type NameOptions, nameOf } from '../budgets.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate budgets`. */
export function addBudgetsRemove(budgets: Command): void {
  budgets
    .command('remove')
    .description('take a budget away: from then on nothing limits what is spent')
    .option('--client <client-id>', 'the budget of a client')
    .option('--tenant <tenant>', 'the budget of a tenant')
    .action(async (_options, command: Command) =>
      remove(command.optsWithGlobals<TargetOptions & NameOptions>()),
    );
}

async function remove(options: TargetOptions & NameOptions): Promise<void> {
  const name = nameOf(options);
  await deleteBudget(await findTarget(options), name, sameTarget(options));
  process.stdout.write(`Nothing limits any more what ${inWords(name)} spends.\n`);
}
