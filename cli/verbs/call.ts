/** `tollgate call`: logs in and calls a route, in one. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { type Exchanged, exchange } from '../exchange.ts';
import { CommandFailure, EXIT, messageOf, printable, printableLines } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { findEndpoint, type LoginOptions, logIn, withLoginOptions } from '../login.ts';
import { callRefusal } from '../refusal.ts';

/** Adds the verb to `tollgate`. */
export function addCall(tollgate: Command): void {
  const verb = tollgate
    .command('call')
    .description('log in and call a route, in one')
    .argument('<method>', 'GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS', method)
    .argument('<path>', 'path and query, such as /products/lamp', path)
    .option('--data <body>', 'the body; @<file> for that of a file, @- for the standard input')
    .option('-H, --header <header>', 'a header, such as "content-type: text/plain"; repeatable', header)
    .option('-i, --include', 'print status and headers before the body');
  withLoginOptions(verb)
    .addHelpText('after', HELP)
    .action(async (of: string, to: string, _options, command: Command) =>
      call(of, to, command.optsWithGlobals<Options>()),
    );
  withExitCodes(verb, { done: 'the answer is a 2xx', refused: 'the answer, or that to the login, is none' });
}

const HELP = `
It logs in as \`tollgate login\` does: with the secret of --client from TOLLGATE_API_KEY or TOLLGATE_CLIENT_SECRET,
from the standard input, or typed where it is asked for; with --local and nothing else as the first demo client. Its
token lives for a minute, unless --expires-in says otherwise. With TOLLGATE_TOKEN set, and without --client, it calls with that token and does not log in. The body of the answer is
printed as it is.

Examples:
  $ npx tollgate call GET /products/lamp --local
  $ npx tollgate call GET /protected-resource --local --client ci < api-key.txt
  $ npx tollgate call POST /products --local --client writer --data '{"name": "lamp"}' -i
  $ npx tollgate call GET "/usage?groupBy=route" --stack Tollgate-dev --client ci`;

interface Options extends LoginOptions {
  data?: string;
  header?: Record<string, string>;
  include?: boolean;
}

/** Seconds that a token lives which is used at once. */
const AT_ONCE = 60;

async function call(method: string, path: string, options: Options): Promise<void> {
  const body = options.data === undefined ? undefined : bodyOf(options.data, method);
  const { endpoint, token } = await tokenFor(options);
  const answer = await exchange(endpoint, endpoint.url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...options.header,
      authorization: `Bearer ${token}`,
    },
    ...(body !== undefined && { body }),
  });
  if (options.include) process.stdout.write(headOf(answer));
  print(answer.bytes);
  if (answer.status < 200 || answer.status > 299) throw callRefusal(answer, `${method} ${path}`);
}

async function tokenFor(options: Options) {
  const { TOLLGATE_TOKEN: given } = process.env;
  if (given === undefined || options.client !== undefined) {
    const { endpoint, answer } = await logIn({ expiresIn: AT_ONCE, ...options }, { help: 'call' });
    return { endpoint, token: answer.access_token };
  }
  const token = given.trim();
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return { endpoint: await findEndpoint(options), token };
  throw usage(
    'What is in TOLLGATE_TOKEN is no token.',
    'Unset it, or: TOLLGATE_TOKEN=$(npx tollgate login …)',
  );
}

function bodyOf(data: string, method: string): Uint8Array<ArrayBuffer> {
  if (method === 'GET' || method === 'HEAD')
    throw usage(`${method} has no body.`, 'Leave --data out, or POST it.');
  if (!data.startsWith('@')) return new TextEncoder().encode(data);
  const file = data.slice(1);
  try {
    return new Uint8Array(readFileSync(file === '-' ? 0 : file));
  } catch (cause) {
    const next = 'Name a file, or @- for the standard input.';
    throw new CommandFailure(EXIT.usage, `${printable(file)} cannot be read: ${messageOf(cause)}`, next, {
      cause,
    });
  }
}

function headOf({ status, statusText, headers }: Exchanged): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${printable(value)}`);
  return [`HTTP/1.1 ${status} ${printable(statusText)}`.trim(), ...lines, '', ''].join('\n');
}

/** As it is; on a terminal without what would control it, and with an end of its line. */
function print(bytes: Uint8Array): void {
  if (!process.stdout.isTTY) {
    process.stdout.write(bytes);
    return;
  }
  const text = printableLines(new TextDecoder().decode(bytes));
  process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

function method(text: string): string {
  if (METHODS.includes(text.toUpperCase())) return text.toUpperCase();
  throw new InvalidArgumentError(`It has to be one of ${METHODS.join(', ')}.`);
}

/** Of the deployment itself: a token is for no one else. */
function path(text: string): string {
  if (/^\/[\x21-\x7e]*$/.test(text) && !text.includes('#')) return text;
  throw new InvalidArgumentError('It has to be a path, such as /products/lamp, percent-encoded.');
}

function header(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):\s*([\t\x20-\x7e]*)$/.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError('It has to be a name and a value, such as "accept: text/csv".');
  if (!/^(authorization|x-api-key|cookie)$/i.test(name)) return { ...before, [name.toLowerCase()]: value };
  throw usage(
    `${name} carries a secret, and stood on the command line; it was sent nowhere.`,
    'It logs in by itself; a token of yours goes into TOLLGATE_TOKEN. What you gave stands in your shell’s history now.',
  );
}

const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
