/** `tollgate issuers list`: who is trusted, and for what (`GET /admin/issuers`). */
import type { Command } from 'commander';
import { getIssuers, rowsOf } from '../issuers.ts';
import { printJson, printTables } from '../output.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate issuers`. */
export function addIssuersList(issuers: Command): void {
  issuers
    .command('list')
    .description('who is trusted, and for what')
    .option('--json', "print the server's answer as JSON, and nothing else")
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate issuers list --local
  $ npx tollgate issuers list --stack Tollgate-dev --json`;

interface Options extends TargetOptions {
  json?: boolean;
}

async function list(options: Options): Promise<void> {
  const issuers = await getIssuers(await findTarget(options));
  if (options.json) printJson({ issuers });
  else printTables(issuers.map(rowsOf), 'No issuer is trusted.');
}
