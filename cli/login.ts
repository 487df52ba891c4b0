/** How `tollgate login` and `tollgate call` come by a token: `POST /auth`, as any client does. */
import { Buffer } from 'node:buffer';
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { type Endpoint, exchange } from './exchange.ts';
import { CommandFailure, EXIT, printable } from './failure.ts';
import { collect, deploymentUrl, duration } from './options.ts';
import { coloursOf, shellWord } from './output.ts';
import { notOurs, refusal } from './refusal.ts';
import { readSecret } from './secret-input.ts';
import { type DemoClient, findTarget, sameTarget, type TargetOptions } from './target.ts';

/** What both verbs may be told about the token. */
export interface LoginOptions extends TargetOptions {
  url?: string;
  client?: string;
  scope?: string[];
  claim?: Record<string, string>;
  expiresIn?: number;
}

/** Adds these options to a verb. */
export const withLoginOptions = (verb: Command): Command =>
  verb
    .option('--client <client-id>', 'who logs in; with --local also a demo client, which needs no secret')
    .option('--url <url>', "the deployment's address; needs no AWS credentials", deploymentUrl)
    .option(
      '--scope <scope>',
      'a scope of the token; repeatable; by default all that the client has',
      collect,
    )
    .option('--claim <name=value>', 'a claim of the token; repeatable', claims)
    .option('--expires-in <duration>', 'how long the token lives: 60s, 15m', duration);

function claims(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError('It has to be a name and a value, such as userID=42.');
  return { ...before, [name]: value };
}

/** What the secret of a client may be in. */
export const SECRETS = ['TOLLGATE_API_KEY', 'TOLLGATE_CLIENT_SECRET'] as const;

/** Loose, so that `--json` hands on what a newer server adds. */
const answerShape = z.looseObject({
  access_token: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  expires_in: z.number(),
  scope: z.string().optional(),
  refresh_token: z.string().optional(),
});

/** A login that went well. */
export interface LoggedIn {
  endpoint: Endpoint;
  /** As the server answered. */
  answer: z.output<typeof answerShape>;
  /** Who logged in. */
  client: string;
}

/** Finds where to log in. @throws {CommandFailure} `usage` where none or two are named */
export async function findEndpoint({ url, local, stack, region }: LoginOptions): Promise<Deployed> {
  if (url === undefined) {
    const named = { ...(local && { local }), ...(stack !== undefined && { stack }) };
    return findTarget({ ...named, ...(region !== undefined && { region }) });
  }
  if (!local && stack === undefined) return { kind: 'url', url };
  throw usage(`--url and ${local ? '--local' : '--stack'} were both given.`, 'Give one of them.');
}

type Deployed = Endpoint & { demo?: Readonly<Record<string, DemoClient>> };

/**
 * Logs in.
 *
 * @param help the verb that does, such as `login`
 * @param argument what stands in the place of the secret: `-` for the standard input
 * @throws {CommandFailure} `usage` without a secret, `refused` where the server refuses
 */
export async function logIn(
  options: LoginOptions,
  { help, argument }: { help: string; argument?: string | undefined },
): Promise<LoggedIn> {
  const endpoint = await findEndpoint(options);
  const { client, ...proof } = await proofOf(options.client, argument, endpoint.demo);
  const { scope, claim, expiresIn } = options;
  const body = { scope: scope?.join(' '), claims: claim, expiresIn };
  const hasBody = Object.values(body).some((value) => value !== undefined);
  const answer = await exchange(endpoint, `${endpoint.url}/auth`, {
    method: 'POST',
    headers: { ...proof.headers, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: JSON.stringify(body) }),
  });
  const content = parse(answer.bytes);
  if (answer.status !== 200) {
    throw refusal(
      { status: answer.status, body: content },
      { route: 'POST /auth', help, steps: stepsOf(client) },
    );
  }
  const parsed = answerShape.safeParse(content);
  if (!parsed.success) throw notOurs(answer.status);
  return { endpoint, answer: parsed.data, client };
}

const LATER = 'Wait, as the answer says, and try again.';

function stepsOf(client: string): Record<string, string> {
  const id = wordOf(client);
  return {
    invalid_client: `Check the secret and the client id. An operator sees whether client and credential are active: \`npx tollgate clients show ${id}\`.`,
    invalid_scope: `See what the client may ask for: \`npx tollgate clients show ${id}\`.`,
    invalid_request: `What a login may set, the client says: \`npx tollgate clients update ${id} --claim <name>\`.`,
    unauthorized_client: `See what the client may do: \`npx tollgate clients show ${id}\`.`,
    too_many_attempts: LATER,
    budget_exhausted: 'Wait until the budget is new, or raise it: `npx tollgate budgets set --help`.',
    temporarily_unavailable: 'Try again.',
  };
}

/** @returns the options that name client and deployment again, for a command to go on with. */
export const sameLogin = (options: LoginOptions, client: string): string =>
  `${options.url === undefined ? sameTarget(options) : `--url ${shellWord(options.url)}`} --client ${wordOf(client)}`;

/** An id as it may be copied into a shell; what cannot be one is not repeated. */
const wordOf = (client: string): string => (/^[\w.-]+$/.test(client) ? client : '<id>');

/** Who proves itself, and the headers by which it does. */
interface Proof {
  client: string;
  headers: Record<string, string>;
}

async function proofOf(
  client: string | undefined,
  argument: string | undefined,
  demo: Deployed['demo'] = {},
): Promise<Proof> {
  const known = demoOf(client, argument, demo);
  if (known !== undefined) return known;
  const secret = await readSecret({ what: 'secret of the client', env: SECRETS, argument });
  if (/^tg_.+_.+_/.test(secret)) return ofApiKey(secret, client);
  if (client !== undefined) return { client, headers: basic(client, secret) };
  throw usage('It was not said who logs in.', 'Give --client <id>, unless the secret is an API key.');
}

/** With the local runner nobody needs to copy a secret; whom nobody has named is told. */
function demoOf(
  client: string | undefined,
  argument: string | undefined,
  demo: Readonly<Record<string, DemoClient>>,
): Proof | undefined {
  if (argument !== undefined) return undefined;
  const isGiven = SECRETS.some((name) => process.env[name] !== undefined);
  const name = client ?? (isGiven ? undefined : Object.keys(demo)[0]);
  const found = Object.entries(demo).find(([key, { clientId }]) => key === name || clientId === name)?.[1];
  if (found === undefined) return undefined;
  const { clientId, apiKey, clientSecret, password } = found;
  const secret = clientSecret ?? password ?? '';
  if (apiKey === undefined && secret === '') return undefined;
  if (client === undefined) {
    const { dim } = coloursOf(process.stderr);
    process.stderr.write(`${dim(`As the demo client ${printable(clientId)}; --client names another.`)}\n`);
  }
  const headers = apiKey === undefined ? basic(clientId, secret) : { 'x-api-key': apiKey };
  return { client: clientId, headers };
}

function ofApiKey(apiKey: string, client: string | undefined): Proof {
  if (client === undefined || apiKey.startsWith(`tg_${client}_`)) {
    return {
      client: client ?? /^tg_(.+)_[^_]+_[^_]+$/.exec(apiKey)?.[1] ?? '',
      headers: { 'x-api-key': apiKey },
    };
  }
  throw usage(
    `The API key is not one of the client ${printable(client)}.`,
    'Leave --client out, or give its key.',
  );
}

function basic(clientId: string, secret: string): Record<string, string> {
  if (clientId.includes(':'))
    throw usage('A client id has no colon.', 'Give --client <id> and the secret apart.');
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
