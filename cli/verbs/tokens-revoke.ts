/** `tollgate tokens revoke`: a token, or all tokens of something, is refused from now on (`POST /admin/revocations`). */
import type { Command } from 'commander';
import { refuseSecret } from '../clients.ts';
import { confirm } from '../confirm.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { withJson, withYes } from '../options.ts';
import { printJson } from '../output.ts';
import {
  instant,
  inWords,
  namesOf,
  postRevocation,
  type TargetNameOptions,
  type TargetNames,
} from '../revocations.ts';
import { findTarget, type TargetOptions } from '../target.ts';
import { warnOfUnknownClient } from '../unknown-client.ts';

/** Adds the verb to `tollgate tokens`. */
export function addTokensRevoke(tokens: Command): void {
  const verb = tokens
    .command('revoke')
    .description('a token, or all tokens of something, are refused on their next call')
    .option('--jti <jti>', 'one token, and what was exchanged from it; or the id of a session')
    .option('--client <client-id>', 'all tokens that were issued to a client, and its sessions')
    .option('--subject <sub>', 'all tokens about a subject')
    .option('--tenant <tenant>', 'all tokens of a tenant')
    .option('--credential <client-id>/<credential-id>', 'all tokens that a credential got')
    .option('--key <kid>', 'all tokens that a key signed')
    .option('--issued-before <time>', 'only those that were issued up to then; alone: all tokens', instant);
  withYes(withJson(verb))
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => revoke(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Whoever is still allowed to log in gets a new token: to prevent that too, disable the client, revoke the credential,
or drop the key (\`tollgate keys rotate --emergency\`). What was exchanged or refreshed from a revoked token ends with
it. A revocation cannot be taken back.

Examples:
  $ npx tollgate tokens revoke --local --client reader
  $ npx tollgate tokens revoke --stack Tollgate-dev --jti 01890a5d-ac96-774b-bcce-b302099a8057 --yes
  $ npx tollgate tokens revoke --stack Tollgate-dev --credential ci/a1b2c3d4 --issued-before 2026-11-22T12:00:00Z
  $ npx tollgate tokens revoke --stack Tollgate-dev --issued-before now     # all tokens that there are; sessions go on`;

interface Options extends TargetOptions, TargetNameOptions {
  issuedBefore?: number;
  json?: boolean;
  yes?: boolean;
}

async function revoke(options: Options): Promise<void> {
  for (const id of [options.client, options.credential, options.jti]) if (id !== undefined) refuseSecret(id);
  const names = namesOf(options);
  const { issuedBefore } = options;
  if (names === undefined && issuedBefore === undefined) {
    const next =
      'Give --jti, --client, --subject, --tenant, --credential or --key; or --issued-before for all tokens.';
    throw new CommandFailure(EXIT.usage, 'It was not said what to revoke.', next);
  }
  const target = await findTarget(options);
  // It may be one that was deleted, whose tokens live on; or a slip.
  if (names !== undefined && 'client_id' in names)
    await warnOfUnknownClient(target, names.client_id, options);
  const what = wordsFor(names, issuedBefore);
  await confirm(`${target.url} will refuse ${what}.`, options);
  const answer = await postRevocation(target, names, issuedBefore);
  if (options.json) return printJson(answer);
  const done =
    answer.revoked === 'already'
      ? `Revoked before: ${what}.`
      : `Revoked: ${what}. From the next call on that is refused.`;
  process.stdout.write(`${done}\n`);
}

function wordsFor(names: TargetNames | undefined, issuedBefore: number | undefined): string {
  const upTo =
    issuedBefore === undefined ? '' : `, issued up to ${new Date(issuedBefore * 1000).toISOString()}`;
  if (names === undefined) return `every token of every client${upTo}`;
  return 'jti' in names ? inWords(names) : `all tokens of ${inWords(names)}${upTo}`;
}
