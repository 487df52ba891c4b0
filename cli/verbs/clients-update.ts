/** `tollgate clients update`: changes what a client may do (`PATCH /admin/clients/{clientId}`). */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ClientOptions, clientMembers, withClientOptions } from '../client-options.ts';
import { clientRows, getClient, type ListedClient, patchClient, refuseSecret } from '../clients.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { collect, withJson } from '../options.ts';
import { printJson, printReport } from '../output.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate clients`. */
export function addClientsUpdate(clients: Command): void {
  const verb = clients
    .command('update')
    .description('change what a client may do; what is not named stays as it is')
    .argument('<client-id>', 'its id, as `tollgate clients list` shows it')
    .option('--name <name>', 'what people call it');
  withClientOptions(verb)
    .option('--add-scope <scope>', 'a scope on top of those that it has; repeatable', collect)
    .option('--remove-scope <scope>', 'a scope that it has no longer; repeatable', collect)
    .option('--add-role <role>', 'a role on top of those that it has; repeatable', collect)
    .option('--remove-role <role>', 'a role that it has no longer; repeatable', collect)
    .addOption(
      new Option('--unset <what>', 'what it has no longer, so that the default counts; repeatable')
        .choices(Object.keys(UNSET))
        .argParser(unset),
    );
  withJson(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (clientId: string, _options, command: Command) =>
      update(clientId, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
--scope, --role, --claim and --grant-type replace all that it has of them. It counts for tokens that are issued
from now on; those that there are live on. If somebody else changes the client at the same time, one of the two
changes is refused, and nothing of it is done.

Examples:
  $ npx tollgate clients update ci --local --add-scope write:products
  $ npx tollgate clients update ci --stack Tollgate-dev --name "CI, main" --token-lifetime 5m --unset tenant`;

/** What can be taken away, as members of the request. */
const UNSET: Readonly<Record<string, string>> = {
  scope: 'scope',
  role: 'roles',
  claim: 'allowed_claims',
  tenant: 'tenant',
  'token-lifetime': 'token_lifetime',
  'grant-type': 'grant_types',
  'refresh-lifetime': 'refresh_token_lifetime',
  'refresh-idle': 'refresh_token_idle_lifetime',
};

function unset(name: string, before: string[] = []): string[] {
  if (UNSET[name] !== undefined) return [...before, name];
  throw new InvalidArgumentError(`Allowed choices are ${Object.keys(UNSET).join(', ')}.`);
}

interface Options extends TargetOptions, ClientOptions {
  name?: string;
  addScope?: string[];
  removeScope?: string[];
  addRole?: string[];
  removeRole?: string[];
  unset?: string[];
  json?: boolean;
}

async function update(clientId: string, options: Options): Promise<void> {
  refuseSecret(clientId);
  refuseContradictions(options);
  const help = 'clients update';
  const target = await findTarget(options);
  // What is changed is what was read: two who change the same client at once do not undo each other.
  const { body: before, etag } = await getClient(target, clientId, help);
  const change = changeOf(options, before);
  const { body } = await patchClient(target, clientId, { change, etag, help });
  if (options.json) return printJson(body);
  printReport({
    title: 'The client is changed.',
    rows: clientRows(body),
    notes: ['Tokens that there are already live on as they are, until they expire or are revoked.'],
    next: {
      does: 'See it with its credentials',
      command: `npx tollgate clients show ${body.client_id} ${sameTarget(options)}`,
    },
  });
}

const changeOf = (options: Options, before: ListedClient): object => {
  const { addScope, removeScope, addRole, removeRole } = options;
  const scopes = before.scope.split(' ').filter((scope) => scope !== '');
  return {
    ...(options.name !== undefined && { client_name: options.name }),
    ...Object.fromEntries(Object.entries(clientMembers(options)).filter(([, value]) => value !== undefined)),
    ...((addScope || removeScope) && { scope: edited(scopes, addScope, removeScope).join(' ') || null }),
    ...((addRole || removeRole) && { roles: edited(before.roles, addRole, removeRole) }),
    ...Object.fromEntries((options.unset ?? []).map((name) => [UNSET[name], null])),
  };
};

const edited = (has: readonly string[], more: readonly string[] = [], less: readonly string[] = []) =>
  [...new Set([...has, ...more])].filter((name) => !less.includes(name));

function refuseContradictions(options: Options): void {
  const given = Object.entries({ ...clientMembers(options), client_name: options.name });
  const members = given.filter(([, value]) => value !== undefined).map(([name]) => name);
  const edits = [
    ...(options.addScope || options.removeScope ? ['scope'] : []),
    ...(options.addRole || options.removeRole ? ['roles'] : []),
    ...(options.unset ?? []).map((name) => UNSET[name] ?? name),
  ];
  const all = [...members, ...edits];
  if (all.length === 0) {
    throw usage('It was not said what to change.', 'See `npx tollgate clients update --help`.');
  }
  const twice = all.find((name, at) => all.indexOf(name) !== at);
  if (twice !== undefined) {
    throw usage(`It was said twice what becomes of ${twice}.`, 'Either replace it, or edit it, or unset it.');
  }
}

const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
