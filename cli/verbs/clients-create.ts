/** `tollgate clients create`: registers a client (`POST /admin/clients`) and shows its secrets, once. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { printable } from '../failure.ts';
import { collect, wholeNumber } from '../options.ts';
import { printJson, printReport, type Report, shellWord } from '../output.ts';
import { notOurs, refusal } from '../refusal.ts';
import { signedPost } from '../signed-fetch.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';

const PATH = '/admin/clients';

/** Adds the verb to `tollgate clients`. */
export function addClientsCreate(clients: Command): void {
  clients
    .command('create')
    .description('create a client, and show its id, secret and API key once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--id <client-id>', 'its id: lower-case letters, digits and hyphens; one is made up by default')
    .addOption(new Option('--kind <kind>', 'a program or a person').choices(['service', 'user']))
    .option('--scope <scope>', 'a scope it may ask for; repeatable', collect)
    .option('--role <role>', 'a role whose scopes it has too; repeatable', collect)
    .option('--tenant <tenant>', 'the tenant that its tokens name')
    .option('--claim <name>', 'a claim that its logins may set; repeatable', collect)
    .option('--token-lifetime <seconds>', 'how long its tokens live at most', wholeNumber)
    .addOption(
      new Option('--grant-type <grant>', 'a grant that it may use, and no other; repeatable')
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
  const grant = GRANT_TYPES[name];
  if (grant === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${Object.keys(GRANT_TYPES).join(', ')}.`);
  }
  return [...before, grant];
}

const EXAMPLES = `
Examples:
  $ npx tollgate clients create --local --name "CI" --scope read:products
  $ npx tollgate clients create --stack Tollgate-dev --name "Alice" --id alice --kind user --role support`;

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
  json?: boolean;
}

async function create(options: Options): Promise<void> {
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
  });
  if (answer.status !== 201)
    throw refusal(answer, { route: `POST ${PATH}`, help: 'clients create', steps: STEPS });
  const created = createdShape.safeParse(answer.body);
  if (!created.success) throw notOurs(answer.status);
  if (options.json) printJson(created.data);
  else printReport(report(created.data, target));
}

const STEPS = { client_exists: 'Give another --id, or none to have one made up.' };

/** Loose, so that `--json` hands on what a newer server adds. */
const createdShape = z.looseObject({
  client_id: z.string(),
  client_name: z.string(),
  kind: z.string(),
  scope: z.string(),
  roles: z.array(z.string()),
  tenant: z.string().optional(),
  allowed_claims: z.array(z.string()),
  token_lifetime: z.number().optional(),
  client_secret: z.string().optional(),
  api_key: z.string().optional(),
  password: z.string().optional(),
});

type Created = z.output<typeof createdShape>;

const report = (created: Created, { url }: Target): Report => ({
  title: 'The client is created.',
  rows: [
    ['Name', printable(created.client_name)],
    ['Client id', created.client_id],
    ['Kind', created.kind],
    ['Scopes', created.scope],
    ['Roles', created.roles.join(' ')],
    ['Tenant', created.tenant],
    ['Claims', created.allowed_claims.join(' ')],
    ['Token lifetime', created.token_lifetime === undefined ? undefined : `${created.token_lifetime} s`],
    ['Client secret', created.client_secret],
    ['API key', created.api_key],
    ['Password', created.password],
  ],
  notes: [
    created.password === undefined
      ? 'Keep the secret and the API key now: they are stored nowhere and cannot be shown again.'
      : 'Keep the password now: it is stored nowhere and cannot be shown again.',
  ],
  next: { does: 'Log in', command: `curl -i -X POST ${shellWord(`${url}/auth`)} ${proofOf(created)}` },
});

const proofOf = ({ client_id, api_key, password }: Created): string =>
  api_key === undefined
    ? `-u ${shellWord(`${client_id}:${password}`)}`
    : `-H ${shellWord(`x-api-key: ${api_key}`)}`;
