/** `tollgate issuers remove`: trusts an issuer no more (`DELETE /admin/issuers`). */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { printable } from '../failure.ts';
import { deleteIssuer, usage } from '../issuers.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate issuers`. */
export function addIssuersRemove(issuers: Command): void {
  issuers
    .command('remove')
    .description('trust an issuer no more; tokens that were issued live on until they expire or are revoked')
    .argument('<issuer>', 'exactly as `tollgate issuers list` shows it')
    .option('--yes', 'do not ask')
    .action(async (issuer: string, _options, command: Command) =>
      remove(issuer, command.optsWithGlobals<Options>()),
    );
}

interface Options extends TargetOptions {
  yes?: boolean;
}

async function remove(issuer: string, options: Options): Promise<void> {
  const target = await findTarget(options);
  if (!options.yes) await agreed(issuer, target);
  await deleteIssuer(target, issuer);
  process.stdout.write(`${printable(issuer)} is trusted no more.\n`);
}

async function agreed(issuer: string, { url }: Target): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usage('There is nobody here to ask whether that is meant.', 'Give --yes.');
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`${url} will trust ${printable(issuer)} no more. Go on? (y/N) `);
  asking.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw usage('Nothing was changed.', 'Answer y to go on.');
}
