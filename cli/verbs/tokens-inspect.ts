/** `tollgate tokens inspect`: what a token says, and why it would be refused. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { type PresentedToken, readToken } from '../doctor/token.ts';
import { CommandFailure, EXIT, messageOf, printable } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { publishedBy, scopesOf } from '../inspect/published.ts';
import { type Reason, reasonsOf, scopeReasons } from '../inspect/reasons.ts';
import { revokedReasons } from '../inspect/revoked.ts';
import { withJson } from '../options.ts';
import { printJson, printTables, type Row } from '../output.ts';
import { readSecret } from '../secret-input.ts';
import { findTarget, type Target, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate tokens`. */
export function addTokensInspect(tokens: Command): void {
  const verb = tokens
    .command('inspect')
    .description('what a token says, and in words why the gateway or the guard would refuse it')
    .argument('[file]', 'a file with the token, or - for the standard input')
    .option('--route <route>', 'whether it opens this route, such as "GET /products/{name}"', routeKey)
    .option('--audience <audience>', 'the aud that tokens of this deployment have', 'tollgate');
  withExitCodes(withJson(verb), { found: 'the token would be refused' })
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, _options, command: Command) =>
      inspect(file, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
The token comes from a file, the standard input, TOLLGATE_TOKEN or a prompt; it is sent nowhere. Its signature is
verified with the keys that the deployment publishes, and each revocation that could end it is asked for.

Examples:
  $ TOLLGATE_TOKEN=$TOKEN npx tollgate tokens inspect --local
  $ pbpaste | npx tollgate tokens inspect - --stack Tollgate-dev --route "GET /products/{name}"`;

interface Options extends TargetOptions {
  route?: string;
  audience: string;
  json?: boolean;
}

async function inspect(file: string | undefined, options: Options): Promise<void> {
  const token = await presented(file);
  const target = await findTarget(options);
  const reasons = await judge(target, token, options);
  if (options.json)
    printJson({
      accepted: reasons.length === 0,
      refusals: reasons,
      header: token.header,
      claims: token.claims,
    });
  else print(token, reasons, options);
  if (reasons.length === 0) return;
  throw new CommandFailure(EXIT.found, 'The token would be refused.', NEXT[reasons[0]?.code ?? ''] ?? LOG_IN);
}

const LOG_IN = 'Log in again, at this deployment.';
const NEXT: Readonly<Record<string, string>> = {
  wrong_issuer: 'Ask the deployment that issued it, or log in at this one.',
  wrong_audience: 'Give --audience where this deployment has another than `tollgate`.',
  insufficient_scope:
    'Log in as a client that has the scope, and ask for it; `npx tollgate clients show` says who has.',
  not_yet_valid: 'Compare the clocks, this one too: `npx tollgate doctor`.',
  not_for_tokens: 'See how it is opened: `npx tollgate open`.',
};

async function judge(target: Target, token: PresentedToken, { route, audience }: Options): Promise<Reason[]> {
  const { issuer, jwks } = await publishedBy(target);
  const reasons = await reasonsOf(token, { issuer, jwks, audience, now: Date.now() });
  const ofRoute = route === undefined ? [] : await routeReasons(target, token, route);
  const { kid = '' } = token.header;
  // Of what it did not sign, the deployment has revoked nothing.
  const isOurs = !reasons.some(({ code }) => NOT_OURS.includes(code));
  return [...reasons, ...ofRoute, ...(isOurs ? await revokedReasons(target, token.claims, kid) : [])];
}

const NOT_OURS = ['wrong_algorithm', 'unknown_key', 'bad_signature', 'wrong_issuer', 'missing_claims'];

async function routeReasons(target: Target, token: PresentedToken, route: string): Promise<Reason[]> {
  const alternatives = await scopesOf(target, route);
  if (alternatives !== undefined) return scopeReasons(token, route, alternatives);
  const says = `${route} is opened by no token at all.`;
  return [{ by: 'gateway', code: 'not_for_tokens', says }];
}

/** A token on the command line would stay in the shell's history. */
async function presented(argument: string | undefined): Promise<PresentedToken> {
  const source = { what: 'token', env: ['TOLLGATE_TOKEN'] };
  const isToken = argument !== undefined && readToken(argument) !== undefined;
  const text =
    argument === undefined || argument === '-' || isToken
      ? await readSecret({ ...source, argument })
      : fileText(argument);
  const token = readToken(text);
  if (token !== undefined) return token;
  const next = 'A token has three parts with dots between them, and the first begins with eyJ.';
  throw new CommandFailure(EXIT.usage, 'That is no token.', next);
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const next = 'Name a file with the token, or - for the standard input.';
    throw new CommandFailure(EXIT.usage, `${printable(file)} cannot be read: ${messageOf(cause)}`, next, {
      cause,
    });
  }
}

function print({ header, claims }: PresentedToken, reasons: readonly Reason[], { route }: Options): void {
  printTables([[...rowsOf(header), ...rowsOf(claims)]], '');
  const where = route === undefined ? '' : ` by ${printable(route)}`;
  const lines =
    reasons.length === 0
      ? [`It would be accepted${where}, by all that can be told from here.`]
      : reasons.map(({ by, says }) => `The ${by} refuses it${where}: ${says}`);
  process.stdout.write(`\n${lines.join('\n')}\n`);
}

const TIMES = ['iat', 'nbf', 'exp'];

const rowsOf = (members: object): Row[] =>
  Object.entries(members).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const time = TIMES.includes(name) && typeof value === 'number' ? ` (${timeOf(value)})` : '';
    return [printable(name), printable(text) + time];
  });

const timeOf = (seconds: number): string =>
  Math.abs(seconds) <= 8.64e12 ? new Date(seconds * 1000).toISOString() : 'no time';

function routeKey(text: string): string {
  if (/^(?:GET|POST|PUT|PATCH|DELETE) \/[\x21-\x7e]*$/.test(text)) return text;
  throw new InvalidArgumentError('It has to be a method and a path, such as "GET /products/{name}".');
}
