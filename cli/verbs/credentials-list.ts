/** `tollgate credentials list`: by what a client proves itself (`GET /admin/clients/{clientId}/credentials`). */
import type { Command } from 'commander';
import { refuseSecret } from '../clients.ts';
import { CREDENTIAL_COLUMNS, listCredentials } from '../credential-list.ts';
import { withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { printTable } from '../table.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsList(credentials: Command): void {
  const verb = credentials
    .command('list')
    .description('the credentials of a client; no secret can be shown again')
    .requiredOption('--client <client-id>', 'whose they are');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate credentials list --local --client reader
  $ npx tollgate credentials list --stack Tollgate-dev --client ci --json`;

interface Options extends TargetOptions {
  client: string;
  json?: boolean;
}

async function list({ client, json, ...options }: Options): Promise<void> {
  refuseSecret(client);
  const credentials = await listCredentials(await findTarget(options), client, 'credentials list');
  if (json) printJson({ credentials });
  else printTable(CREDENTIAL_COLUMNS, credentials, 'It has no credential.');
}
