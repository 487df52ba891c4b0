/** `tollgate credentials add`: one more credential for a client (`POST /admin/clients/{clientId}/credentials`). */
import type { Command } from 'commander';
import { addCredential, type CredentialOptions, withCredentialOptions } from '../credentials.ts';
import { CommandFailure, EXIT } from '../failure.ts';

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsAdd(credentials: Command): void {
  const verb = credentials
    .command('add')
    .description('one more credential, beside those that the client has');
  withCredentialOptions(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => add(command.optsWithGlobals<CredentialOptions>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate credentials add --local --client reader --kind api_key --expires-in 90d
  $ npx tollgate credentials add --stack Tollgate-dev --client ci --key public.pem`;

async function add(options: CredentialOptions): Promise<void> {
  if (options.kind === undefined && options.key === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'It was not said what to add.',
      'Give --kind api_key, --kind client_secret or --key <file>.',
    );
  }
  await addCredential('credentials add', options);
}
