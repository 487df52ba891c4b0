/** `tollgate login`: a token for trying things (`POST /auth`). */
import type { Command } from 'commander';
import { printable } from '../failure.ts';
import { type LoggedIn, type LoginOptions, logIn, sameLogin, withLoginOptions } from '../login.ts';
import { withJson } from '../options.ts';
import { printJson, printReport } from '../output.ts';

/** Adds the verb to `tollgate`. */
export function addLogin(tollgate: Command): void {
  const verb = tollgate
    .command('login')
    .description('a token for trying things')
    .argument('[-]', 'read the secret of the client from the standard input; it is never an argument');
  withJson(withLoginOptions(verb))
    .addHelpText('after', HELP)
    .action(async (secret: string | undefined, _options, command: Command) =>
      login(secret, command.optsWithGlobals<Options>()),
    );
}

const HELP = `
The secret is an API key, a client secret or a password: from the standard input with -, from TOLLGATE_API_KEY or
TOLLGATE_CLIENT_SECRET, or typed where it is asked for. An API key needs no --client. With --local and nothing
else, the first demo client logs in.

Whatever is not a terminal gets the token alone.

Examples:
  $ npx tollgate login --local
  $ TOKEN=$(npx tollgate login --local --client writer --scope write:products)
  $ TOKEN=$(npx tollgate login --stack Tollgate-dev --client ci --claim userID=42 --expires-in 5m)   # asks for it
  $ npx tollgate login - --url https://api.example.com < api-key.txt`;

interface Options extends LoginOptions {
  json?: boolean;
}

async function login(argument: string | undefined, options: Options): Promise<void> {
  const loggedIn = await logIn(options, { help: 'login', argument });
  if (options.json) printJson(loggedIn.answer);
  else if (process.stdout.isTTY) show(loggedIn, options);
  else process.stdout.write(`${loggedIn.answer.access_token}\n`);
}

function show({ client, answer }: LoggedIn, options: Options): void {
  const { access_token: token, expires_in, scope = '', refresh_token } = answer;
  printReport({
    title: 'Logged in.',
    rows: [
      ['Token', token],
      ['Good for', `${expires_in} s`],
      ['Scopes', printable(scope)],
      ['Refresh token', refresh_token === undefined ? undefined : printable(refresh_token)],
    ],
    notes: ['Whoever has the token may do what it allows, until it ends or is revoked.'],
    next: {
      does: 'Log in and call, in one',
      command: `npx tollgate call GET /protected-resource ${sameLogin(options, client)}`,
    },
  });
}
