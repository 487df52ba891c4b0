/** `tollgate budgets list`: the budgets, and what was spent of them (`GET /admin/budgets`). */
import type { Command } from 'commander';
import { getBudgets, rowsOf } from '../budgets.ts';
import { printJson, printTables } from '../output.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate budgets`. */
export function addBudgetsList(budgets: Command): void {
  budgets
    .command('list')
    .description('the budgets, and what was spent of them')
    .option('--json', "print the server's answer as JSON, and nothing else")
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate budgets list --local
  $ npx tollgate budgets list --stack Tollgate-dev --json`;

interface Options extends TargetOptions {
  json?: boolean;
}

async function list(options: Options): Promise<void> {
  const budgets = await getBudgets(await findTarget(options));
  if (options.json) printJson({ budgets });
  else printTables(budgets.map(rowsOf), 'There is no budget.');
}
