/** The options of `tollgate clients create` and `tollgate clients update` that say what a client may do. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, duration } from './options.ts';

/** What a client may do, as it was typed. */
export interface ClientOptions {
  scope?: string[];
  role?: string[];
  tenant?: string;
  claim?: string[];
  tokenLifetime?: number;
  grantType?: string[];
  refreshLifetime?: number;
  refreshIdle?: number;
}

/** Adds these options to a verb. */
export const withClientOptions = (verb: Command): Command =>
  verb
    .option('--scope <scope>', 'a scope it may ask for; repeatable', collect)
    .option('--role <role>', 'a role whose scopes it has too; repeatable', collect)
    .option('--tenant <tenant>', 'the tenant that its tokens name')
    .option('--claim <name>', 'a claim that its logins may set; repeatable', collect)
    .option('--token-lifetime <duration>', 'how long its tokens live at most: 900s, 15m, 1h', duration)
    .option(
      '--refresh-lifetime <duration>',
      'how long a session of refresh tokens lasts: 12h, 30d (the default), 90d at most',
      duration,
    )
    .option(
      '--refresh-idle <duration>',
      'how long a refresh token may lie unused: 30m, 7d (the default)',
      duration,
    )
    .addOption(
      new Option(
        '--grant-type <grant>',
        'a grant that it may use, and no other; repeatable; by default client_credentials, for a person refresh_token',
      )
        .choices(Object.keys(GRANT_TYPES))
        .argParser(grantType),
    );

/** @returns the members of the request, in the words of RFC 7591. */
export const clientMembers = (options: ClientOptions) => ({
  scope: options.scope?.join(' '),
  roles: options.role,
  tenant: options.tenant,
  allowed_claims: options.claim,
  token_lifetime: options.tokenLifetime,
  grant_types: options.grantType,
  refresh_token_lifetime: options.refreshLifetime,
  refresh_token_idle_lifetime: options.refreshIdle,
});

/** Grants by names that can be typed. */
const GRANT_TYPES: Readonly<Record<string, string>> = {
  client_credentials: 'client_credentials',
  refresh_token: 'refresh_token',
  'token-exchange': 'urn:ietf:params:oauth:grant-type:token-exchange',
  'jwt-bearer': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
};

function grantType(name: string, before: string[] = []): string[] {
  const grant = Object.values(GRANT_TYPES).includes(name) ? name : GRANT_TYPES[name];
  if (grant === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${Object.keys(GRANT_TYPES).join(', ')}.`);
  }
  return [...before, grant];
}
