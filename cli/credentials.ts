/** What `tollgate credentials add` and `tollgate credentials rotate` have in common: one route, and its answer. */
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { readKey } from './key-file.ts';
import { askOperator } from './operator.ts';
import { duration, withJson } from './options.ts';
import { printJson, printReport, type Report, shellWord } from './output.ts';
import { findTarget, sameTarget, type Target, type TargetOptions } from './target.ts';

/** What both verbs may be told about the new credential. */
export interface CredentialOptions extends TargetOptions {
  client: string;
  kind?: string;
  key?: string;
  expiresIn?: number;
  json?: boolean;
}

/** Adds these options to a verb. */
export const withCredentialOptions = (verb: Command): Command =>
  withJson(
    verb
      .requiredOption('--client <client-id>', 'whose credential it is')
      .addOption(
        new Option('--kind <kind>', 'a secret that is made up').choices(['api_key', 'client_secret']),
      )
      .addOption(new Option('--key <file>', 'a public key: a JWK or PEM').conflicts('kind'))
      .option(
        '--expires-in <duration>',
        'how long it is good: 90s, 30m, 24h, 7d; for ever by default',
        duration,
      ),
  );

/**
 * Asks for a credential, and shows it.
 *
 * @param verb by which it was asked for, such as `credentials add`
 * @param replacing what ends in its favour, and after which overlap in seconds
 * @throws {CommandFailure}
 */
export async function addCredential(
  verb: string,
  options: CredentialOptions,
  replacing: { replaces?: string; overlap?: number | undefined } = {},
): Promise<void> {
  const { client, kind, key, expiresIn, json } = options;
  const jwk = key === undefined ? undefined : readKey(key);
  const target = await findTarget(options);
  const path = `/admin/clients/${encodeURIComponent(client)}/credentials`;
  const { body } = await askOperator(target, {
    ...{ method: 'POST', path, shape: addedShape, help: verb, steps: STEPS, once: true },
    ...{ content: { kind, jwk, expires_in: expiresIn, ...replacing } },
    look: 'See `npx tollgate credentials list --client <id>`.',
  });
  if (json) printJson(body);
  else printReport(report(body, target, sameTarget(options)));
}

const STEPS = {
  unknown_credential:
    'See which there are: `npx tollgate credentials list --client <id>`. The id stands in the API key, tg_<client>_<credential>_…, in the client secret, tgs_<credential>_…, and is the kid of a public key.',
  credential_exists: 'Give the key another kid, or make a new key.',
};

/** Loose, so that `--json` hands on what a newer server adds. */
const addedShape = z.looseObject({
  client_id: z.string(),
  credential_id: z.string(),
  kind: z.string(),
  api_key: z.string().optional(),
  client_secret: z.string().optional(),
  jwk: z.looseObject({ alg: z.string().optional() }).optional(),
  valid_until: z.string().optional(),
  replaced: z.object({ credential_id: z.string(), valid_until: z.string() }).optional(),
});

type Added = z.output<typeof addedShape>;

const report = (added: Added, target: Target, again: string): Report => ({
  title: added.replaced === undefined ? 'The credential is added.' : 'The credential is replaced.',
  rows: [
    ['Client id', added.client_id],
    ['Credential id', added.credential_id],
    ['Kind', added.kind],
    ['Algorithm', added.jwk?.alg],
    ['Valid until', added.valid_until],
    ['Client secret', added.client_secret],
    ['API key', added.api_key],
    ['Replaces', added.replaced?.credential_id],
    ['which ends', added.replaced?.valid_until],
  ],
  notes: [
    added.kind === 'public_key'
      ? `Name it in your assertions: the kid of their header is ${added.credential_id}.`
      : 'Keep it now: it is stored nowhere and cannot be shown again.',
  ],
  next: nextOf(added, target, again),
});

const nextOf = ({ kind, client_id }: Added, { url }: Target, again: string): Report['next'] =>
  kind === 'public_key'
    ? { does: 'Ask for a token', command: assertionCommand(url) }
    : loginStep(client_id, again);

/** How a client logs in: by a command that asks for the secret, which so stays out of the shell's history. */
export const loginStep = (clientId: string, again: string): Report['next'] => ({
  does: 'Log in; it asks for the secret',
  command: `npx tollgate login ${again} --client ${clientId}`,
});

/** How a client that proves itself by its key asks for a token (RFC 7523 §2.2), from a file with the assertion. */
export const assertionCommand = (url: string): string =>
  [`curl -i ${shellWord(`${url}/oauth2/token`)} -d grant_type=client_credentials`, ASSERTED].join(' ');

/** A client's assertion, from a file. */
export const ASSERTED = [
  '-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  '--data-urlencode client_assertion@assertion.jwt',
].join(' ');
