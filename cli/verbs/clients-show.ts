/** `tollgate clients show`: what a client may do, and by which credentials it proves itself. */
import type { Command } from 'commander';
import { clientRows, getClient, refuseSecret } from '../clients.ts';
import { CREDENTIAL_COLUMNS, listCredentials } from '../credential-list.ts';
import { withJson } from '../options.ts';
import { printJson, printTables } from '../output.ts';
import { printTable } from '../table.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate clients`. */
export function addClientsShow(clients: Command): void {
  const verb = clients
    .command('show')
    .description('what a client may do, and by which credentials it proves itself')
    .argument('<client-id>', 'its id, as `tollgate clients list` shows it');
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (clientId: string, _options, command: Command) =>
      show(clientId, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
Examples:
  $ npx tollgate clients show reader --local
  $ npx tollgate clients show ci --stack Tollgate-dev --json`;

interface Options extends TargetOptions {
  json?: boolean;
}

async function show(clientId: string, options: Options): Promise<void> {
  refuseSecret(clientId);
  const target = await findTarget(options);
  const { body: client } = await getClient(target, clientId, 'clients show');
  if (options.json) return printJson(client);
  const credentials = await listCredentials(target, clientId, 'clients show');
  printTables([clientRows(client)], '');
  process.stdout.write('\n');
  printTable(CREDENTIAL_COLUMNS, credentials, 'It has no credential.');
}
