/** `tollgate clients create`: registers a client (`POST /admin/clients`) and shows its secrets, once. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createdReport, createdShape } from '../created-client.ts';
import { readKeys } from '../key-file.ts';
import { collect, duration } from '../options.ts';
import { printJson, printReport } from '../output.ts';
import { notOurs, refusal } from '../refusal.ts';
import { signedPost } from '../signed-fetch.ts';
import { findTarget, type TargetOptions } from '../target.ts';

const PATH = '/admin/clients';

/** Adds the verb to `tollgate clients`. */
export function addClientsCreate(clients: Command): void {
  clients
    .command('create')
    .description('create a client, and show its id, secret and API key once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--id <client-id>', 'its id: letters, digits and . _ - inside; one is made up by default')
    .addOption(new Option('--kind <kind>', 'a program, by default, or a person').choices(['service', 'user']))
    .option('--scope <scope>', 'a scope it may ask for; repeatable', collect)
    .option('--role <role>', 'a role whose scopes it has too; repeatable', collect)
    .option('--tenant <tenant>', 'the tenant that its tokens name')
    .option('--claim <name>', 'a claim that its logins may set; repeatable', collect)
    .option('--token-lifetime <duration>', 'how long its tokens live at most: 900s, 15m, 1h', duration)
    .option(
      '--jwks <file>',
      'public keys that it proves itself by: JWK Set, JWK or PEM; it gets no secrets then',
    )
    .option(
      '--refresh-lifetime <duration>',
      'how long a session of refresh tokens lasts: 12h, 30d (the default), 90d at most',
      duration,
    )
    .option(
      '--refresh-idle <duration>',
      'how long a refresh token may lie unused: 30m, 7d (the default)',
      duration,
    )
    .addOption(
      new Option(
        '--grant-type <grant>',
        'a grant that it may use, and no other; repeatable; by default client_credentials, for a person refresh_token',
      )
        .choices(Object.keys(GRANT_TYPES))
        .argParser(grantType),
    )
    .option('--json', "print the server's answer as JSON, and nothing else")
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => create(command.optsWithGlobals<Options>()));
}

/** Grants by names that can be typed. */
const GRANT_TYPES: Readonly<Record<string, string>> = {
  client_credentials: 'client_credentials',
  refresh_token: 'refresh_token',
  'token-exchange': 'urn:ietf:params:oauth:grant-type:token-exchange',
  'jwt-bearer': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
};

function grantType(name: string, before: string[] = []): string[] {
  const grant = Object.values(GRANT_TYPES).includes(name) ? name : GRANT_TYPES[name];
  if (grant === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${Object.keys(GRANT_TYPES).join(', ')}.`);
  }
  return [...before, grant];
}

const EXAMPLES = `
Examples:
  $ npx tollgate clients create --local --name "CI" --scope read:products
  $ npx tollgate clients create --stack Tollgate-dev --name "Alice" --id alice --kind user --role support
  $ npx tollgate clients create --stack Tollgate-dev --name "Gateway" --jwks public.pem --scope read:products \\
      --grant-type client_credentials --grant-type token-exchange`;

interface Options extends TargetOptions {
  name: string;
  id?: string;
  kind?: string;
  scope?: string[];
  role?: string[];
  tenant?: string;
  claim?: string[];
  tokenLifetime?: number;
  grantType?: string[];
  jwks?: string;
  refreshLifetime?: number;
  refreshIdle?: number;
  json?: boolean;
}

async function create(options: Options): Promise<void> {
  const keys = options.jwks === undefined ? undefined : readKeys(options.jwks);
  const target = await findTarget(options);
  const answer = await signedPost(target, PATH, {
    client_name: options.name,
    client_id: options.id,
    kind: options.kind,
    scope: options.scope?.join(' '),
    roles: options.role,
    tenant: options.tenant,
    allowed_claims: options.claim,
    token_lifetime: options.tokenLifetime,
    grant_types: options.grantType,
    jwks: keys && { keys },
    refresh_token_lifetime: options.refreshLifetime,
    refresh_token_idle_lifetime: options.refreshIdle,
  });
  if (answer.status !== 201)
    throw refusal(answer, { route: `POST ${PATH}`, help: 'clients create', steps: STEPS });
  const created = createdShape.safeParse(answer.body);
  if (!created.success) throw notOurs(answer.status);
  if (options.json) printJson(created.data);
  else printReport(createdReport(created.data, target));
}

const STEPS = { client_exists: 'Give another --id, or none to have one made up.' };
