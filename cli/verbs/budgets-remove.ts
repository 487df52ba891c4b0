/** `tollgate budgets remove`: takes a budget away (`DELETE /admin/budgets`). */
import type { Command } from 'commander';
import { deleteBudget, inWords, type NameOptions, nameOf } from '../budgets.ts';
import { confirm } from '../confirm.ts';
import { withYes } from '../options.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate budgets`. */
export function addBudgetsRemove(budgets: Command): void {
  const verb = budgets
    .command('remove')
    .description('take a budget away: from then on nothing limits what is spent')
    .option('--client <client-id>', 'the budget of a client')
    .option('--tenant <tenant>', 'the budget of a tenant');
  withYes(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => remove(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate budgets remove --local --client reader
  $ npx tollgate budgets remove --stack Tollgate-dev --tenant acme --yes`;

interface Options extends TargetOptions, NameOptions {
  yes?: boolean;
}

async function remove(options: Options): Promise<void> {
  const name = nameOf(options);
  const target = await findTarget(options);
  await confirm(`${target.url} will limit no more what ${inWords(name)} spends.`, options);
  await deleteBudget(target, name, sameTarget(options));
  process.stdout.write(`Nothing limits any more what ${inWords(name)} spends.\n`);
}
