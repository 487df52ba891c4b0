/** `tollgate credentials rotate`: a new credential, and an end for the old one (the route of `credentials add`). */
import type { Command } from 'commander';
import { refuseSecret } from '../clients.ts';
import { addCredential, type CredentialOptions, withCredentialOptions } from '../credentials.ts';
import { duration } from '../options.ts';

/** Adds the verb to `tollgate credentials`. */
export function addCredentialsRotate(credentials: Command): void {
  const verb = credentials
    .command('rotate')
    .description(
      'a new credential for an old one, of its kind if nothing else is said; both are good for a while',
    )
    .argument('<credential-id>', 'the old one')
    .option(
      '--overlap <duration>',
      'how long the old one is good: 90s, 30m, 24h (the default), 7d, 0',
      duration,
    );
  withCredentialOptions(verb)
    .addHelpText('after', EXAMPLES)
    .action(async (replaces: string, _options, command: Command) => {
      refuseSecret(replaces);
      const { overlap, ...options } = command.optsWithGlobals<CredentialOptions & { overlap?: number }>();
      await addCredential('credentials rotate', options, { replaces, overlap });
    });
}

const EXAMPLES = `
\`tollgate credentials list\` has the ids; and the id of a credential stands in what it belongs to: tg_<client>_<credential>_… is an API key,
tgs_<credential>_… a client secret; a public key's is its kid. Tokens that the old credential got live on until
they expire; after a leak, \`tollgate credentials revoke\`.

Examples:
  $ npx tollgate credentials rotate a1b2c3d4 --local --client reader
  $ npx tollgate credentials rotate 2026-05 --stack Tollgate-dev --client ci --key public.pem --overlap 7d
  $ npx tollgate credentials rotate a1b2c3d4 --stack Tollgate-dev --client ci --overlap 0   # no overlap`;
