/** `tollgate prices set`: what the calls of a route cost from a time on (`PUT /admin/prices`). */
import type { Command } from 'commander';
import { dollars } from '../budgets.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { withJson } from '../options.ts';
import { printJson, printReport, shellWord } from '../output.ts';
import { inWords, putPrice, start } from '../prices.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate prices`. */
export function addPricesSet(prices: Command): void {
  const verb = prices
    .command('set')
    .description('say what the calls of a route cost from a time on')
    .argument('<route>', 'method and path, as `tollgate prices list` shows it')
    .requiredOption('--from <time>', 'its first second in UTC, at least 15 minutes ahead', start)
    .option('--per-call <dollars>', 'for each call, such as 0.00005', dollars)
    .option('--per-kilobyte-out <dollars>', "for each started 1,000 bytes of the answer's body", dollars)
    .option('--by-handler', 'and what its handler says, where it does');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (route: string, _options, command: Command) =>
      set(route, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
The parts add up. What was booked never changes. The gateway's time of a call decides.

Examples:
  $ npx tollgate prices set "GET /products/{name}" --from 2027-01-01T00:00:00Z --per-call 0.00006 --local
  $ npx tollgate prices set "POST /products" --from 2027-01-01T00:00:00Z --by-handler --per-call 0.01 --stack Tollgate-dev`;

interface Options extends TargetOptions {
  from: string;
  perCall?: number;
  perKilobyteOut?: number;
  byHandler?: boolean;
  json?: boolean;
}

async function set(route: string, options: Options): Promise<void> {
  const { from, perCall, perKilobyteOut, byHandler } = options;
  const price = {
    ...(perCall !== undefined && { per_call_micro_dollars: perCall }),
    ...(perKilobyteOut !== undefined && { per_kilobyte_out_micro_dollars: perKilobyteOut }),
    ...(byHandler && { by_handler: true }),
  };
  if (Object.keys(price).length === 0) {
    const next = 'Give --per-call, --per-kilobyte-out, --by-handler or several; 0 for a call that is free.';
    throw new CommandFailure(EXIT.usage, 'It was not said what a call costs.', next);
  }
  const { status, body } = await putPrice(await findTarget(options), { route, from, ...price });
  if (options.json) return printJson(body);
  printReport({
    title: status === 201 ? 'The price is set.' : 'A price was set for this time; this is what it is now.',
    rows: [
      ['Route', printable(body.route)],
      ['From', printable(body.from)],
      ['A call', inWords(body)],
    ],
    notes: ['It can be taken back until 15 minutes before it begins.'],
    next: {
      does: 'See what the route cost, costs and will cost',
      command: `npx tollgate prices list --route ${shellWord(printable(body.route))} ${sameTarget(options)}`,
    },
  });
}
