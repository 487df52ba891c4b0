/**
 * App clients of Amazon Cognito: what `aws cognito-idp describe-user-pool-client` prints, one or several behind each
 * other or in an array. Their secrets stand in it in plain.
 */
import { type Entry, NO_GRANT, NO_ID, notTaken, type Source } from './entry.ts';
import { membersOf, partsIn, textIn, textsIn } from './json.ts';

export const cognito: Source = async function* (file) {
  for await (const { line, value } of partsIn(file, (beginning) => [
    beginning.startsWith('[') ? '$.*' : '$',
  ])) {
    const { UserPoolClient: described = value, UserPoolClients: listed } = membersOf(value);
    for (const client of Array.isArray(listed) ? listed : [described]) yield entryOf(line, membersOf(client));
  }
};

function entryOf(line: number, client: Readonly<Record<string, unknown>>): Entry {
  const id = textIn(client.ClientId);
  if (id === undefined) return notTaken(line, id, ...NO_ID);
  const secret = textIn(client.ClientSecret);
  if (secret === undefined) return notTaken(line, id, 'no_secret', NO_SECRET);
  if (!textsIn(client.AllowedOAuthFlows).includes('client_credentials'))
    return notTaken(line, id, ...NO_GRANT);
  const lifetime = secondsOf(client);
  return {
    ...{ line, id },
    taken: {
      client: {
        client_id: id,
        client_name: textIn(client.ClientName) ?? id,
        scope: textsIn(client.AllowedOAuthScopes).join(' '),
        ...(lifetime !== undefined && { token_lifetime: lifetime }),
      },
      secret,
      notes: [],
    },
  };
}

const NO_SECRET =
  'it has no secret in the file: describe-user-pool-client prints it, list-user-pool-clients does not, and a public app client has none';

const UNITS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

function secondsOf(client: Readonly<Record<string, unknown>>): number | undefined {
  const unit = UNITS[String(membersOf(client.TokenValidityUnits).AccessToken ?? 'hours')];
  const { AccessTokenValidity: validity } = client;
  return typeof validity === 'number' && validity > 0 && unit !== undefined ? validity * unit : undefined;
}
