/** `tollgate clients disable` and `tollgate clients enable`: whether a client gets tokens (`PATCH /admin/clients/{clientId}`). */
import type { Command } from 'commander';
import { patchClient, refuseSecret } from '../clients.ts';
import { printable } from '../failure.ts';
import { withJson } from '../options.ts';
import { printJson } from '../output.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate clients`. */
export function addClientsDisable(clients: Command): void {
  const verb = clients
    .command('disable')
    .description('give a client no more tokens, until it is enabled again');
  withClient(verb, 'disabled').addHelpText('after', DISABLING);
}

/** Adds the verb to `tollgate clients`. */
export function addClientsEnable(clients: Command): void {
  const verb = clients.command('enable').description('give a client that was disabled tokens again');
  withClient(verb, 'active').addHelpText('after', ENABLING);
}

const withClient = (verb: Command, state: State): Command =>
  withJson(verb.argument('<client-id>', 'its id, as `tollgate clients list` shows it')).action(
    async (clientId: string, _options, command: Command) =>
      set(clientId, state, command.optsWithGlobals<Options>()),
  );

const DISABLING = `
Tokens that it has live on until they expire; \`tollgate tokens revoke --client\` ends them.

Examples:
  $ npx tollgate clients disable ci --local
  $ npx tollgate clients disable ci --stack Tollgate-dev && npx tollgate tokens revoke --client ci --stack Tollgate-dev`;

const ENABLING = `
Examples:
  $ npx tollgate clients enable ci --stack Tollgate-dev`;

type State = 'active' | 'disabled';

interface Options extends TargetOptions {
  json?: boolean;
}

async function set(clientId: string, state: State, options: Options): Promise<void> {
  refuseSecret(clientId);
  const help = state === 'active' ? 'clients enable' : 'clients disable';
  const target = await findTarget(options);
  const { body } = await patchClient(target, clientId, { change: { state }, etag: '*', help });
  if (options.json) return printJson(body);
  const id = printable(body.client_id);
  const says =
    state === 'active'
      ? `${id} gets tokens again.`
      : `${id} gets no more tokens. Those that it has live on until they expire; to end them:\n\n` +
        `  npx tollgate tokens revoke --client ${id} ${sameTarget(options)}`;
  process.stdout.write(`${says}\n`);
}
