/** `tollgate doctor`: looks at a running deployment from outside, by HTTP alone, and says what is not as it should be. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Check } from '../doctor/check.ts';
import { verdicts } from '../doctor/check.ts';
import type { Patient } from '../doctor/examine.ts';
import { createHttp } from '../doctor/http.ts';
import { countOf, textOf } from '../doctor/print.ts';
import { type KnownRoute, ownRoutes, withProtected } from '../doctor/routes.ts';
import { listRoutes } from '../doctor/stack-routes.ts';
import type { PresentedToken } from '../doctor/token.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { withExitCodes } from '../help.ts';
import { deploymentUrl } from '../options.ts';
import { coloursOf, printJson, progress } from '../output.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate`. */
export function addDoctor(tollgate: Command): void {
  const verb = tollgate
    .command('doctor')
    .description(
      'look at a running deployment from outside: discovery, keys, what it refuses, headers, clock',
    )
    .option('--url <url>', "the deployment's issuer; needs no AWS credentials", deploymentUrl)
    .option(
      '--route <route>',
      'a protected route of yours, such as "GET /orders/{id}"; repeatable',
      collectRoutes,
    )
    .option('--audience <audience>', 'the aud that its tokens have', 'tollgate')
    .option(
      '--origin <origin>',
      'a web page that has to be let in by CORS, such as https://app.example.com',
      webOrigin,
    )
    .option('--token', 'look at a token too: TOLLGATE_TOKEN, or else the standard input')
    .option('--json', 'print the checks as JSON, and nothing else')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => doctor(command.optsWithGlobals<Options>()));
  withExitCodes(verb, {
    done: 'all is well; warnings do not count',
    refused: 'a check failed',
    unreachable: 'the deployment cannot be reached, or there are no credentials',
  });
}

const HELP = `
It sends requests without credentials and with forged ones, never a valid token, and no body. With --stack it
asks API Gateway for all of the stack's routes; with --url and --local it knows those of Tollgate itself.
Samples that were taken out are no mistake.

Examples:
  $ npx tollgate doctor --stack Tollgate-dev
  $ npx tollgate doctor --url https://api.example.com --route "GET /orders/{id}" --json
  $ curl -s $URL/auth -X POST -H "x-api-key: $KEY" | jq -r .access_token | npx tollgate doctor --local --token`;

interface Options extends TargetOptions {
  url?: string;
  route?: string[];
  audience: string;
  origin?: string;
  token?: boolean;
  json?: boolean;
}

async function doctor(options: Options): Promise<void> {
  const { audience, origin, json } = options;
  const token = options.token ? await presentedToken() : undefined;
  const { url, routes, notes } = await findDeployment(options);
  // Loaded when there is something to examine, and not for `--help`.
  const { examine } = await import('../doctor/examine.ts');
  const http = createHttp(url);
  const step = progress();
  const patient: Patient = {
    url,
    http,
    routes: withProtected(routes, options.route ?? []),
    audience,
    origin,
    token,
    clock: Date.now,
    onStep: (what) => step(`Looking at ${what} …`),
  };
  const checks = [...notes, ...(await examine(patient).finally(() => http.close()))];
  step();
  if (json) printJson({ url, ok: countOf(checks).failed === 0, counts: countOf(checks), checks });
  else process.stdout.write(`${textOf(url, checks, coloursOf(process.stdout))}\n`);
  conclude(url, checks);
}

function conclude(url: string, checks: readonly Check[]): void {
  const { failed } = countOf(checks);
  if (failed === 0) return;
  const unreachable = checks.find(({ id, status }) => id === 'reachable' && status === 'failed');
  if (unreachable !== undefined) {
    throw new CommandFailure(EXIT.unreachable, unreachable.says, unreachable.next ?? '');
  }
  const what = `${failed} of ${checks.length} checks of ${url} failed.`;
  throw new CommandFailure(EXIT.refused, what, 'What to do stands with each of them.');
}

interface Deployment {
  url: string;
  routes: readonly KnownRoute[];
  /** What is to be told before anything is looked at. */
  notes: Check[];
}

async function findDeployment({ url, local, stack, region }: Options): Promise<Deployment> {
  const named = [url !== undefined && '--url', local && '--local', stack !== undefined && '--stack'].filter(
    Boolean,
  );
  if (named.length > 1) throw usage(`${named.join(' and ')} were both given.`, 'Give one of them.');
  if (named.length === 0) {
    throw usage(
      'It was not said which deployment to look at.',
      'Give --url <url>, --stack <name> or --local.',
    );
  }
  if (url !== undefined) return { url, routes: ownRoutes, notes: [] };
  const target = await findTarget({
    ...(local && { local }),
    ...(stack !== undefined && { stack }),
    ...(region !== undefined && { region }),
  });
  if (stack === undefined) return { url: target.url, routes: ownRoutes, notes: [] };
  const listed = await listRoutes(stack, target);
  if (listed.ok) return { url: target.url, routes: listed.routes, notes: [] };
  const says = `The routes of the stack cannot be listed, so only Tollgate's own are looked at: ${listed.reason}.`;
  const next = 'Your AWS identity needs cloudformation:ListStackResources and apigateway:GET.';
  return {
    url: target.url,
    routes: ownRoutes,
    notes: [verdicts('Stack').warning('stack.routes', says, next)],
  };
}

/** Not an option's value: those are in the shell's history, and everyone on the machine sees them. */
async function presentedToken(): Promise<PresentedToken> {
  const { readToken } = await import('../doctor/token.ts');
  const token = readToken(process.env.TOLLGATE_TOKEN ?? (await standardInput()));
  if (token !== undefined) return token;
  throw usage('That is no token.', 'Put a token into TOLLGATE_TOKEN, or pipe one in.');
}

/** The gateway takes no header longer than 10,240 bytes. */
const MAX_TOKEN = 16_384;

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) throw usage('There is no token.', 'Put it into TOLLGATE_TOKEN, or pipe it in.');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_TOKEN) break;
  }
  return text;
}

function collectRoutes(text: string, before: string[] = []): string[] {
  if (!/^(GET|POST|PUT|PATCH|DELETE|HEAD|ANY) \/[\x21-\x7e]*$/.test(text)) {
    throw new InvalidArgumentError('It has to be a method and a path, such as "GET /orders/{id}".');
  }
  return [...before, text];
}

function webOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new InvalidArgumentError('It has to be scheme and host alone, such as https://app.example.com.');
}

const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
