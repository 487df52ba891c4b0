/** `tollgate credentials disable` and `tollgate credentials enable` (`PATCH …/credentials/{credentialId}`). */
import type { Command } from 'commander';
import { refuseSecret } from '../clients.ts';
import { setCredentialState } from '../credential-list.ts';
import { printable } from '../failure.ts';
import { withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { findTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsDisable(credentials: Command): void {
  const verb = credentials
    .command('disable')
    .description('take a credential as none, until it is enabled again');
  withCredential(verb, 'disabled').addHelpText('after', DISABLING);
}

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsEnable(credentials: Command): void {
  const verb = credentials.command('enable').description('take a credential again that was disabled');
  withCredential(verb, 'active').addHelpText('after', ENABLING);
}

const withCredential = (verb: Command, state: State): Command =>
  withJson(
    verb
      .argument('<credential-id>', 'its id, as `tollgate credentials list` shows it')
      .requiredOption('--client <client-id>', 'whose credential it is'),
  ).action(async (credentialId: string, _options, command: Command) =>
    set(credentialId, state, command.optsWithGlobals<Options>()),
  );

const DISABLING = `
Tokens that it got live on until they expire. After a leak: \`tollgate credentials revoke\`.

Examples:
  $ npx tollgate credentials disable a1b2c3d4 --stack Tollgate-dev --client ci`;

const ENABLING = `
Examples:
  $ npx tollgate credentials enable a1b2c3d4 --stack Tollgate-dev --client ci`;

type State = 'active' | 'disabled';

interface Options extends TargetOptions {
  client: string;
  json?: boolean;
}

async function set(credentialId: string, state: State, { client, json, ...options }: Options): Promise<void> {
  for (const id of [credentialId, client]) refuseSecret(id);
  const help = `credentials ${state === 'active' ? 'enable' : 'disable'}`;
  const name = { clientId: client, credentialId };
  const credential = await setCredentialState(await findTarget(options), name, state, help);
  if (json) return printJson(credential);
  const id = printable(credential.credential_id);
  process.stdout.write(
    state === 'active'
      ? `${id} is taken again.\n`
      : `${id} is not taken any more. Tokens that it got live on until they expire.\n`,
  );
}
