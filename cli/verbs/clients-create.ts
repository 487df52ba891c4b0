/** `tollgate clients create`: registers a client (`POST /admin/clients`) and shows its secrets, once. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { printJson, printReport, type Report, shellWord } from '../output.ts';
import { type Answer, signedPost } from '../signed-fetch.ts';
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
    .option('--json', "print the server's answer as JSON, and nothing else")
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => create(command.optsWithGlobals<Options>()));
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
  });
  if (answer.status !== 201) throw refusal(answer);
  const created = createdShape.safeParse(answer.body);
  if (!created.success) throw notOurs(answer.status);
  if (options.json) printJson(created.data);
  else printReport(report(created.data, target));
}

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

/** A problem of RFC 9457, or the gateway's own `message`. */
const refusalShape = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
});

function refusal({ status, body }: Answer): CommandFailure {
  const parsed = refusalShape.safeParse(body);
  if (!parsed.success) return notOurs(status);
  const { code = String(status), detail, message = 'no reason given' } = parsed.data;
  const what = `The server refused (${printable(code)}): ${printable(detail ?? message)}`;
  return new CommandFailure(EXIT.refused, what, nextStep(status, code));
}

function nextStep(status: number, code: string): string {
  if (code === 'client_exists') return 'Give another --id, or none to have one made up.';
  if (status === 400) return 'See `npx tollgate clients create --help`.';
  if (status === 401 || status === 403) {
    return `Your AWS identity needs execute-api:Invoke on POST ${PATH} of this API, and a clock that is right.`;
  }
  if (status === 404) return 'The deployment there has no such route: deploy this version first.';
  return "Try again; if it stays, the function's log says why.";
}

const notOurs = (status: number) =>
  new CommandFailure(
    EXIT.refused,
    `The answer (${status}) is not one of Tollgate's.`,
    'Check that the address is that of a Tollgate deployment.',
  );

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number of seconds.');
  return Number(text);
}
