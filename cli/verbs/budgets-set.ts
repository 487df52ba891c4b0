/** `tollgate budgets set`: what a client or a tenant may spend (`PUT /admin/budgets`). */
import type { Command } from 'commander';
import { dollars, type NameOptions, nameOf, putBudget, rowsOf } from '../budgets.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { withJson } from '../options.ts';
import { printJson, printReport } from '../output.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';
import { warnOfUnknownClient } from '../unknown-client.ts';

/** Adds the verb to `tollgate budgets`. */
export function addBudgetsSet(budgets: Command): void {
  const verb = budgets
    .command('set')
    .description('what may be spent in a UTC day and month; what was said before is replaced')
    .option('--client <client-id>', 'the budget of a client')
    .option('--tenant <tenant>', 'the budget of a tenant: all its clients together')
    .option('--day <dollars>', 'at most so much in a day, such as 5.00; 0 for nothing at all', dollars)
    .option('--month <dollars>', 'at most so much in a month', dollars);
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => set(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
It counts for tokens that are issued from now on; those that there are live on until they expire or are revoked.

Examples:
  $ npx tollgate budgets set --local --client reader --day 5.00 --month 100
  $ npx tollgate budgets set --stack Tollgate-dev --tenant acme --month 2500`;

interface Options extends TargetOptions, NameOptions {
  day?: number;
  month?: number;
  json?: boolean;
}

async function set(options: Options): Promise<void> {
  const { day, month } = options;
  const name = nameOf(options);
  if (day === undefined && month === undefined) {
    throw new CommandFailure(EXIT.usage, 'It was not said how much.', 'Give --day, --month or both.');
  }
  const target = await findTarget(options);
  // It may be one that is still to come; or a slip, and nothing limits the client that was meant.
  if (options.client !== undefined) await warnOfUnknownClient(target, options.client, options);
  const { budget, isNew } = await putBudget(target, {
    ...name,
    ...(day !== undefined && { day_micro_dollars: day }),
    ...(month !== undefined && { month_micro_dollars: month }),
  });
  if (options.json) return printJson(budget);
  printReport({
    title: isNew ? 'The budget is set.' : 'The budget was set before; this is how it is now.',
    rows: rowsOf(budget),
    notes: ['Tokens that there are already live on until they expire or are revoked.'],
    next: {
      does: 'See all budgets, and what was spent of them',
      command: `npx tollgate budgets list ${sameTarget(options)}`,
    },
  });
}
