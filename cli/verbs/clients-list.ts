/** `tollgate clients list`: who may ask for tokens (`GET /admin/clients`). */
import { type Command, Option } from 'commander';
import { type ClientFilter, type ListedClient, listClients } from '../clients.ts';
import { count, withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { type Column, printTable } from '../table.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate clients`. */
export function addClientsList(clients: Command): void {
  const verb = clients
    .command('list')
    .description('the clients, each on a line')
    .option('--tenant <tenant>', 'only those of a tenant')
    .addOption(new Option('--state <state>', 'only those in this state').choices(['active', 'disabled']))
    .option('--role <role>', 'only those that have a role')
    .option('--limit <number>', 'the first so many; all by default', count);
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => list(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Clients that were created by a version without lists are in it once they were changed: see
\`npx tollgate clients update --help\`.

Examples:
  $ npx tollgate clients list --local
  $ npx tollgate clients list --stack Tollgate-dev --tenant acme --role support
  $ npx tollgate clients list --stack Tollgate-dev --state disabled --json | jq -r '.clients[].client_id'`;

interface Options extends TargetOptions, ClientFilter {
  limit?: number;
  json?: boolean;
}

async function list(options: Options): Promise<void> {
  const { tenant, state, role, limit } = options;
  const filter = { tenant, state, role };
  const clients = await listClients(await findTarget(options), filter, limit);
  if (options.json) printJson({ clients });
  else
    printTable(
      COLUMNS,
      clients,
      Object.values(filter).some((value) => value !== undefined)
        ? 'There is no such client.'
        : 'There is no client.',
    );
}

const COLUMNS: readonly Column<ListedClient>[] = [
  { head: 'Client', of: ({ client_id }) => client_id },
  { head: 'Name', of: ({ client_name }) => client_name, shrinks: true },
  { head: 'Kind', of: ({ kind }) => kind },
  { head: 'State', of: ({ state }) => state },
  { head: 'Scopes', of: ({ scope }) => scope, shrinks: true },
  { head: 'Roles', of: ({ roles }) => roles.join(' '), shrinks: true },
  { head: 'Tenant', of: ({ tenant }) => tenant, shrinks: true },
];
