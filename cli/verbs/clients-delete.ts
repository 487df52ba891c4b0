/** `tollgate clients delete`: a client is no more, nor its credentials and tokens (`DELETE /admin/clients/{clientId}`). */
import type { Command } from 'commander';
import { deleteClient, getClient, refuseSecret } from '../clients.ts';
import { confirm } from '../confirm.ts';
import { printable } from '../failure.ts';
import { withYes } from '../options.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate clients`. */
export function addClientsDelete(clients: Command): void {
  const verb = clients
    .command('delete')
    .description('delete a client and its credentials, and revoke its tokens; for good')
    .argument('<client-id>', 'its id, as `tollgate clients list` shows it');
  withYes(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (clientId: string, _options, command: Command) =>
      remove(clientId, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
What it did and what that cost stays in the ledger. To keep it from getting tokens for a while only:
\`tollgate clients disable\`.

Examples:
  $ npx tollgate clients delete ci --local
  $ npx tollgate clients delete ci --stack Tollgate-dev --yes`;

interface Options extends TargetOptions {
  yes?: boolean;
}

async function remove(clientId: string, options: Options): Promise<void> {
  refuseSecret(clientId);
  const target = await findTarget(options);
  await deleteClient(target, clientId, await confirmed(target, clientId, options));
  process.stdout.write(`${printable(clientId)} is deleted, and its tokens are revoked.\n`);
}

/** @returns what was confirmed: the client as it was shown */
async function confirmed(target: Target, clientId: string, options: Options): Promise<string | undefined> {
  if (options.yes) return undefined;
  const { body, etag } = await getClient(target, clientId, 'clients delete');
  const named = `${printable(body.client_id)} (${printable(body.client_name)})`;
  const what = `${target.url} will delete the client ${named}, with its credentials, and revoke its tokens.`;
  await confirm(what, options);
  return etag;
}
