/** `tollgate prices remove`: takes back a price that is not in force yet (`DELETE /admin/prices`). */
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { printable } from '../failure.ts';
import { withYes } from '../options.ts';
import { deletePrice, start } from '../prices.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate prices`. */
export function addPricesRemove(prices: Command): void {
  const verb = prices
    .command('remove')
    .description('take back a price that begins more than 15 minutes from now')
    .argument('<route>', 'method and path, as `tollgate prices list` shows it')
    .requiredOption('--from <time>', 'when it would begin', start);
  withYes(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (route: string, _options, command: Command) =>
      remove(route, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
Examples:
  $ npx tollgate prices remove "GET /products/{name}" --from 2027-01-01T00:00:00Z --local
  $ npx tollgate prices remove "POST /auth" --from 2027-01-01T00:00:00Z --stack Tollgate-dev --yes`;

interface Options extends TargetOptions {
  from: string;
  yes?: boolean;
}

async function remove(route: string, options: Options): Promise<void> {
  const { from } = options;
  const target = await findTarget(options);
  await confirm(`${target.url} will take back the price of ${printable(route)} from ${from} on.`, options);
  await deletePrice(target, { route, from });
  process.stdout.write(`The price of ${printable(route)} from ${from} on is taken back.\n`);
}
