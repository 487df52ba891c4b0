/** `tollgate issuers remove`: trusts an issuer no more (`DELETE /admin/issuers`). */
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { printable } from '../failure.ts';
import { deleteIssuer } from '../issuers.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate issuers`. */
export function addIssuersRemove(issuers: Command): void {
  issuers
    .command('remove')
    .description('trust an issuer no more; tokens that were issued live on until they expire or are revoked')
    .argument('<issuer>', 'exactly as `tollgate issuers list` shows it')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (issuer: string, _options, command: Command) =>
      remove(issuer, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
Examples:
  $ npx tollgate issuers remove https://token.actions.githubusercontent.com --local
  $ npx tollgate issuers remove https://idp.example.com --stack Tollgate-dev --yes`;

interface Options extends TargetOptions {
  yes?: boolean;
}

async function remove(issuer: string, options: Options): Promise<void> {
  const target = await findTarget(options);
  await confirm(`${target.url} will trust ${printable(issuer)} no more.`, options);
  await deleteIssuer(target, issuer);
  process.stdout.write(`${printable(issuer)} is trusted no more.\n`);
}
