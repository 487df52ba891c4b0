/** `tollgate credentials revoke`: ends a credential for good, and revokes its tokens (`DELETE …/credentials/{credentialId}`). */
import type { Command } from 'commander';
import { refuseSecret } from '../clients.ts';
import { confirm } from '../confirm.ts';
import { revokeCredential } from '../credential-list.ts';
import { printable } from '../failure.ts';
import { withYes } from '../options.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsRevoke(credentials: Command): void {
  const verb = credentials
    .command('revoke')
    .description('end a credential for good, and revoke the tokens that it got')
    .argument('<credential-id>', 'its id, as `tollgate credentials list` shows it')
    .requiredOption('--client <client-id>', 'whose credential it is');
  withYes(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (credentialId: string, _options, command: Command) =>
      revoke(credentialId, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
It stays in the list as revoked. To replace it without downtime: \`tollgate credentials rotate\`. If you have the
secret, and not its id: \`tollgate leak\`.

Examples:
  $ npx tollgate credentials revoke a1b2c3d4 --local --client reader
  $ npx tollgate credentials revoke a1b2c3d4 --stack Tollgate-dev --client ci --yes`;

interface Options extends TargetOptions {
  client: string;
  yes?: boolean;
}

async function revoke(credentialId: string, options: Options): Promise<void> {
  for (const id of [credentialId, options.client]) refuseSecret(id);
  const target = await findTarget(options);
  const named = `the credential ${printable(credentialId)} of ${printable(options.client)}`;
  await confirm(`${target.url} will revoke ${named}, and the tokens that it got, for good.`, options);
  await revokeCredential(target, { clientId: options.client, credentialId });
  process.stdout.write(`${printable(credentialId)} is revoked, and so are the tokens that it got.\n`);
}
