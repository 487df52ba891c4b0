/**
 * Applications and users of Auth0: what `GET /api/v2/clients` answers, an array or a page of it, with their secrets in
 * plain; and its export of users, a JSON object a line, with `passwordHash` where Auth0's support has added it.
 */
import { type Entry, NO_GRANT, NO_ID, notTaken, type Source } from './entry.ts';
import { membersOf, partsIn, textIn, textsIn } from './json.ts';

export const auth0: Source = async function* (file) {
  for await (const { line, value } of partsIn(file, partsOf)) {
    const members = membersOf(value);
    yield 'client_id' in members ? clientOf(line, members) : userOf(line, members);
  }
};

function partsOf(beginning: string): string[] {
  if (beginning.startsWith('[')) return ['$.*'];
  return /^\{\s*"(?:clients|start|limit|total|length|next)"/.test(beginning) ? ['$.clients.*'] : ['$'];
}

type Members = Readonly<Record<string, unknown>>;

function clientOf(line: number, client: Members): Entry {
  const id = textIn(client.client_id);
  if (id === undefined) return notTaken(line, id, ...NO_ID);
  if (client.global === true)
    return notTaken(line, id, 'global_client', "it is Auth0's own, for all applications");
  const grants = textsIn(client.grant_types);
  if (!grants.includes('client_credentials')) return notTaken(line, id, ...NO_GRANT);
  const secret = textIn(client.client_secret);
  if (secret === undefined) return notTaken(line, id, 'no_secret', NO_CLIENT_SECRET);
  const others = grants.filter((grant) => grant !== 'client_credentials');
  return {
    ...{ line, id },
    taken: {
      client: { client_id: id, client_name: textIn(client.name) ?? id },
      secret,
      notes: others.length === 0 ? [] : [`its other grants are left behind: ${others.join(', ')}`],
    },
  };
}

const NO_CLIENT_SECRET =
  'it has no client_secret in the file: ask the Management API with the scope read:client_keys; one that signs assertions has none';

function userOf(line: number, user: Members): Entry {
  const id = userIdOf(user);
  if (id === undefined) return notTaken(line, id, ...NO_ID);
  const hash = textIn(user.passwordHash);
  if (hash === undefined) {
    const detail =
      'there is no passwordHash: Auth0 exports them on request to its support; social logins have none';
    return notTaken(line, id, 'no_secret', detail);
  }
  const name = textIn(user.name) ?? textIn(user.email) ?? id;
  const client = { client_id: id, client_name: name, kind: 'user', secret_hash: hash };
  return { ...{ line, id }, taken: { client, notes: [] } };
}

/** What a person types, where there is such a thing; an e-mail address can be no id here. */
const userIdOf = (user: Members): string | undefined =>
  textIn(user.username) ??
  textIn(user.user_id)?.split('|').at(-1) ??
  textIn(membersOf(user._id).$oid) ??
  textIn(user._id);
