/** What `tollgate clients create` shows of the client that it has created. */
import * as z from 'zod';
import { ASSERTED, assertionCommand, loginStep } from './credentials.ts';
import { printable } from './failure.ts';
import { type Report, shellWord } from './output.ts';
import type { Target } from './target.ts';

/** The answer of `POST /admin/clients`. Loose, so that `--json` hands on what a newer server adds. */
export const createdShape = z.looseObject({
  client_id: z.string(),
  client_name: z.string(),
  kind: z.string(),
  scope: z.string(),
  roles: z.array(z.string()),
  tenant: z.string().optional(),
  allowed_claims: z.array(z.string()),
  token_lifetime: z.number().optional(),
  grant_types: z.array(z.string()).optional(),
  refresh_token_lifetime: z.number().optional(),
  refresh_token_idle_lifetime: z.number().optional(),
  jwks: z
    .looseObject({ keys: z.array(z.looseObject({ kid: z.string(), alg: z.string().optional() })) })
    .optional(),
  client_secret: z.string().optional(),
  api_key: z.string().optional(),
  password: z.string().optional(),
});

type Created = z.output<typeof createdShape>;

/** @param again the options that name the target. @returns what a person is told: the secrets, once, and how to go on */
export const createdReport = (created: Created, target: Target, again: string): Report => ({
  title: 'The client is created.',
  rows: [
    ['Name', printable(created.client_name)],
    ['Client id', created.client_id],
    ['Kind', created.kind],
    ['Scopes', created.scope],
    ['Roles', created.roles.join(' ')],
    ['Tenant', created.tenant],
    ['Claims', created.allowed_claims.join(' ')],
    ['Token lifetime', inSeconds(created.token_lifetime)],
    ['Grants', created.grant_types?.map(shortName).join(' ')],
    ['Session', inSeconds(created.refresh_token_lifetime)],
    ['Session, idle', inSeconds(created.refresh_token_idle_lifetime)],
    [
      'Keys',
      created.jwks?.keys.map(({ kid, alg }) => (alg === undefined ? kid : `${kid} (${alg})`)).join(', '),
    ],
    ['Client secret', created.client_secret],
    ['API key', created.api_key],
    ['Password', created.password],
  ],
  notes: [noteOn(created), ...(created.scope === '' && created.roles.length === 0 ? [NO_SCOPES] : [])],
  next: nextOf(created, target, again),
});

const inSeconds = (seconds: number | undefined) => (seconds === undefined ? undefined : `${seconds} s`);

function noteOn({ jwks, api_key, password }: Created): string {
  if (password !== undefined) return `Keep the password now: it is ${ONCE}.`;
  if (api_key !== undefined) return `Keep the secret and the API key now: they are ${ONCE}.`;
  return jwks === undefined
    ? 'It has no credential: its tokens come of what a trusted issuer has signed.'
    : 'It has no secret: it signs assertions, with the kid and alg of its key in their header.';
}

const NO_SCOPES =
  'It has no scope and no role: its tokens open only what asks for none. Give --scope or --role to a new one.';

const ONCE = 'stored nowhere and cannot be shown again';

function nextOf(created: Created, { url }: Target, again: string): Report['next'] {
  const { password, api_key, jwks, grant_types = ['client_credentials'] } = created;
  if (password !== undefined || (api_key !== undefined && grant_types.includes('client_credentials'))) {
    return loginStep(created.client_id, again);
  }
  if (jwks !== undefined && grant_types.includes('client_credentials')) {
    return { does: 'Ask for a token', command: assertionCommand(url) };
  }
  if (grant_types.includes(TOKEN_EXCHANGE)) {
    return { does: 'Exchange a token that you were called with', command: exchangeCommand(created, url) };
  }
  return {
    does: 'Say whose tokens it gets',
    command: `npx tollgate issuers set ${again} --client ${created.client_id} --preset <name> …`,
  };
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** From a file with the token; the key is in the environment, and so not in the shell's history. */
const exchangeCommand = (created: Created, url: string): string =>
  [
    `curl -i ${shellWord(`${url}/oauth2/token`)}`,
    created.jwks === undefined ? '-H "x-api-key: $TOLLGATE_API_KEY"' : ASSERTED,
    `-d grant_type=${TOKEN_EXCHANGE}`,
    '-d subject_token_type=urn:ietf:params:oauth:token-type:access_token',
    '--data-urlencode subject_token@token.jwt',
  ].join(' ');

/** The last word of a URN is enough of it. */
const shortName = (grantType: string): string => grantType.replace(/^urn:.*:/, '');
