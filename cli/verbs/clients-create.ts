/** `tollgate clients create`: registers a client (`POST /admin/clients`) and shows its secrets, once. */
import { type Command, Option } from 'commander';
import { type ClientOptions, clientMembers, withClientOptions } from '../client-options.ts';
import { createdReport, createdShape } from '../created-client.ts';
import { readKeys } from '../key-file.ts';
import { askOperator } from '../operator.ts';
import { withJson } from '../options.ts';
import { printJson, printReport } from '../output.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate clients`. */
export function addClientsCreate(clients: Command): void {
  const verb = clients
    .command('create')
    .description('create a client, and show its id, secret and API key once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--id <client-id>', 'its id: letters, digits and . _ - inside; one is made up by default')
    .addOption(new Option('--kind <kind>', 'a program, by default, or a person').choices(['service', 'user']))
    .option(
      '--jwks <file>',
      'public keys that it proves itself by: JWK Set, JWK or PEM; it gets no secrets then',
    );
  withJson(withClientOptions(verb))
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => create(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate clients create --local --name "CI" --scope read:products
  $ npx tollgate clients create --stack Tollgate-dev --name "Alice" --id alice --kind user --role support
  $ npx tollgate clients create --stack Tollgate-dev --name "Gateway" --jwks public.pem --scope read:products \\
      --grant-type client_credentials --grant-type token-exchange`;

interface Options extends TargetOptions, ClientOptions {
  name: string;
  id?: string;
  kind?: string;
  jwks?: string;
  json?: boolean;
}

async function create(options: Options): Promise<void> {
  const keys = options.jwks === undefined ? undefined : readKeys(options.jwks);
  const target = await findTarget(options);
  const { body } = await askOperator(target, {
    ...{ method: 'POST', path: '/admin/clients', shape: createdShape, help: 'clients create', steps: STEPS },
    ...{ once: true, look: 'See `npx tollgate clients list`.' },
    content: {
      client_name: options.name,
      client_id: options.id,
      kind: options.kind,
      ...clientMembers(options),
      jwks: keys && { keys },
    },
  });
  if (options.json) printJson(body);
  else printReport(createdReport(body, target, sameTarget(options)));
}

const STEPS = { client_exists: 'Give another --id, or none to have one made up.' };
