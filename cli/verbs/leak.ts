/** `tollgate leak`: a secret was found where it should not be (`POST /admin/leaks`). */
import type { Command } from 'commander';
import { Option } from 'commander';
import { confirm } from '../confirm.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { type Leak, printLeak, reportLeak } from '../leak.ts';
import { withJson, withYes } from '../options.ts';
import { coloursOf, printJson } from '../output.ts';
import { readSecret } from '../secret-input.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate`. */
export function addLeak(tollgate: Command): void {
  const verb = tollgate
    .command('leak')
    .description('a secret has leaked: end it, revoke its tokens, tell what it did and cost')
    .argument(
      '[secret]',
      'an API key, client secret, refresh token or access token; - for the standard input',
    )
    .addOption(
      new Option('--policy <policy>', 'end it, or only tell what it did')
        .choices(['disable', 'report'])
        .default('disable'),
    )
    .option('--source <where>', 'where it was found; the audit trail keeps it')
    .option('--client <client-id>', 'of a client secret: whose it is, where there are very many clients');
  withYes(withJson(verb))
    .addHelpText('after', EXAMPLES)
    .action(async (secret: string | undefined, _options, command: Command) =>
      leak(secret, command.optsWithGlobals<Options>()),
    );
}

const EXAMPLES = `
The secret comes from the standard input, TOLLGATE_SECRET or a prompt. As an argument it is taken too: it has leaked
already, and is worth nothing once it is ended; not so with --policy report, where it stays good.

Only a secret that is one of this deployment's has any effect. To report the same twice does no harm.

Examples:
  $ npx tollgate leak --local
  $ pbpaste | npx tollgate leak - --stack Tollgate-dev --source https://github.com/acme/app/commit/1a2b3c4 --yes
  $ TOLLGATE_SECRET=$KEY npx tollgate leak --stack Tollgate-dev --policy report --json`;

interface Options extends TargetOptions {
  policy: 'disable' | 'report';
  source?: string;
  client?: string;
  json?: boolean;
  yes?: boolean;
}

async function leak(argument: string | undefined, options: Options): Promise<void> {
  const secret = (await leaked(argument, options)).trim();
  const target = await findTarget(options);
  if (options.policy === 'disable') {
    await confirm(`${target.url} will end ${described(secret)} for good, and refuse its tokens.`, options);
  }
  const answer = await reportLeak(target, {
    ...{ secret, policy: options.policy },
    ...(options.source !== undefined && { source: options.source }),
    ...(options.client !== undefined && { client_id: options.client }),
  });
  if (options.json) printJson(answer);
  else if (answer.client_id !== undefined) printLeak(answer, sameTarget(options));
  conclude(answer);
}

/**
 * Others of our verbs refuse a secret on the command line. This one takes it: whoever is in a hurry because of a leak
 * has to be helped first, and what is ended here is a secret no more. With `report` it stays one.
 */
async function leaked(argument: string | undefined, { policy }: Options): Promise<string> {
  const source = { what: 'secret', env: ['TOLLGATE_SECRET'] };
  if (argument === undefined || argument === '-' || policy === 'report')
    return readSecret({ ...source, argument });
  const { yellow } = coloursOf(process.stderr);
  const note = "The secret is in your shell's history now. Once it is ended, that does not matter any more.";
  process.stderr.write(`${yellow('note:')} ${note}\n`);
  return argument;
}

/** What the form says of it: nothing of the secret itself. */
function described(secret: string): string {
  const [, client, credential] = /^tg_([A-Za-z0-9._-]{1,64})_([0-9a-z]{8})_/.exec(secret) ?? [];
  if (client !== undefined) return `the API key ${credential} of ${printable(client)}`;
  const [, id] = /^tgs_([0-9a-z]{8})_/.exec(secret) ?? [];
  if (id !== undefined) return `the client secret ${id}`;
  if (/^tgr_/.test(secret)) return 'the session of this refresh token';
  return 'what this secret is';
}

/** What had no effect must not look as if it had one. */
function conclude({ outcome, detail }: Leak): void {
  if (outcome === 'unknown') {
    const next = 'Nothing was changed. Check that it was copied whole, and that it is of this deployment.';
    throw new CommandFailure(EXIT.refused, printable(detail ?? 'It is no secret of this deployment.'), next);
  }
  if (outcome === 'unfinished') {
    const next = 'Nothing was changed. Name the client that it may be of: --client <client-id>.';
    throw new CommandFailure(EXIT.refused, printable(detail ?? 'Not all clients were looked through.'), next);
  }
}
