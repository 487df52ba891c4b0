/** `tollgate prices list`: what calls cost, did and will (`GET /admin/prices`). */
import type { Command } from 'commander';
import { withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { getPrices, inWords, type Price } from '../prices.ts';
import { type Column, printTable } from '../table.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate prices`. */
export function addPricesList(prices: Command): void {
  const verb = prices
    .command('list')
    .description('what the calls of each route cost, did and will')
    .option('--route <route>', 'of one route alone, such as "GET /products/{name}"');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Routes whose calls are not booked are not in it: they cost nothing.

Examples:
  $ npx tollgate prices list --local
  $ npx tollgate prices list --stack Tollgate-dev --route "GET /products/{name}"`;

interface Options extends TargetOptions {
  route?: string;
  json?: boolean;
}

async function list(options: Options): Promise<void> {
  const prices = await getPrices(await findTarget(options), options.route);
  if (options.json) printJson({ prices });
  else printTable(COLUMNS, prices, 'There is no price.');
}

const STATES: Readonly<Record<string, string>> = {
  past: 'past',
  in_force: 'in force',
  coming: 'coming',
  unused: 'no such route',
};

/** What is as it was deployed says nothing of when and by whom: so a list of nothing else fits 80 columns. */
const EVER = '1970-01-01T00:00:00Z';

const COLUMNS: readonly Column<Price>[] = [
  { head: 'Route', of: ({ route }) => route },
  { head: 'From', of: ({ from }) => (from === EVER ? undefined : from) },
  { head: 'Price of a call', of: inWords },
  { head: 'Set by', of: ({ set_by }) => (set_by === 'deployment' ? undefined : 'operators') },
  { head: 'State', of: ({ state = '' }) => STATES[state] ?? state },
];
