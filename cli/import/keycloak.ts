/**
 * A realm of Keycloak as `kc.sh export` writes it: its confidential clients with service accounts, their secrets in
 * plain, and its users with the hashes of their passwords.
 */
import { type Entry, NO_GRANT, NO_ID, notTaken, type Source } from './entry.ts';
import { argon2Hash, pbkdf2Hash } from './hashes.ts';
import { membersOf, partsIn, textIn, textsIn } from './json.ts';

export const keycloak: Source = async function* (file) {
  const partsOf = (beginning: string) => (beginning.startsWith('[') ? ['$.*'] : ['$.clients.*', '$.users.*']);
  for await (const { line, value } of partsIn(file, partsOf)) {
    const { clients, users } = membersOf(value);
    const inside = [clients, users].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    for (const part of inside.length > 0 ? inside : [value]) yield* entriesOf(line, membersOf(part));
  }
};

type Members = Readonly<Record<string, unknown>>;

/** What each realm has by itself is not looked at. */
const BUILT_IN = [
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'realm-management',
  'security-admin-console',
];

function* entriesOf(line: number, part: Members): Generator<Entry> {
  const clientId = textIn(part.clientId);
  if (clientId !== undefined) {
    if (!BUILT_IN.includes(clientId) && !clientId.endsWith('-realm')) yield clientOf(line, clientId, part);
    return;
  }
  // A service account is its client's.
  if (textIn(part.serviceAccountClientId) === undefined) yield userOf(line, part);
}

function clientOf(line: number, id: string, client: Members): Entry {
  const refuse = (code: string, detail: string) => notTaken(line, id, code, detail);
  if (client.enabled === false) return refuse('disabled', DISABLED);
  if (client.publicClient === true || client.bearerOnly === true || client.serviceAccountsEnabled !== true) {
    return refuse(...NO_GRANT);
  }
  const authenticator = textIn(client.clientAuthenticatorType) ?? 'client-secret';
  if (authenticator !== 'client-secret') return refuse('other_authentication', OTHER_AUTHENTICATION);
  const secret = textIn(client.secret);
  if (secret === undefined) return refuse('no_secret', 'it has no secret in the file');
  if (/^\*+$/.test(secret)) return refuse('masked_secret', MASKED);
  const scopes = textsIn(client.defaultClientScopes);
  const own = scopes.filter((scope) => !SCOPES.includes(scope));
  const name = textIn(client.name);
  const lifetime = Number(membersOf(client.attributes)['access.token.lifespan']);
  return {
    ...{ line, id },
    taken: {
      client: {
        client_id: id,
        client_name: name === undefined || name.startsWith('${') ? id : name,
        scope: own.join(' '),
        ...(Number.isSafeInteger(lifetime) && lifetime > 0 && { token_lifetime: lifetime }),
      },
      secret,
      notes: [],
    },
  };
}

const DISABLED = 'it is disabled there; enable it before the export, or create it here when it is wanted';
const OTHER_AUTHENTICATION =
  'it does not prove itself by a secret; register its public key with `tollgate credentials add --key`';
const MASKED =
  'the console masks secrets in what it exports; `kc.sh export` writes them, and so does `GET /admin/realms/<realm>/clients/<id>/client-secret`';

/** Scopes that Keycloak gives to each client for its own sake. */
const SCOPES = [
  ...['acr', 'address', 'basic', 'email', 'microprofile-jwt', 'offline_access', 'organization', 'phone'],
  ...['profile', 'roles', 'service_account', 'web-origins', 'role_list'],
];

function userOf(line: number, user: Members): Entry {
  const id = textIn(user.username);
  if (id === undefined) return notTaken(line, id, ...NO_ID);
  if (user.enabled === false) return notTaken(line, id, 'disabled', DISABLED);
  const credentials = Array.isArray(user.credentials) ? user.credentials.map(membersOf) : [];
  const password = credentials.find(({ type }) => type === 'password');
  if (password === undefined) {
    return notTaken(line, id, 'no_secret', 'it has no password: it logs in elsewhere, or by other means');
  }
  const hash = hashOf(parsed(password.secretData), parsed(password.credentialData));
  if (hash === undefined) {
    return notTaken(
      line,
      id,
      'unknown_hash',
      'its password is hashed by none of pbkdf2, pbkdf2-sha256, pbkdf2-sha512 and argon2',
    );
  }
  const name = [user.firstName, user.lastName]
    .map(textIn)
    .filter((part) => part !== undefined)
    .join(' ');
  const client = { client_id: id, client_name: name === '' ? id : name, kind: 'user', secret_hash: hash };
  return { ...{ line, id }, taken: { client, notes: [] } };
}

/** Keycloak has JSON in JSON. */
function parsed(text: unknown): Members {
  try {
    return membersOf(JSON.parse(String(text)));
  } catch {
    return {};
  }
}

const DIGESTS: Readonly<Record<string, string>> = {
  ...{ pbkdf2: 'sha1', 'pbkdf2-sha256': 'sha256', 'pbkdf2-sha512': 'sha512' },
};

function hashOf(secret: Members, how: Members): string | undefined {
  const [value, salt, algorithm] = [textIn(secret.value), textIn(secret.salt), textIn(how.algorithm)];
  const iterations = Number(how.hashIterations);
  if (value === undefined || salt === undefined || algorithm === undefined) return undefined;
  const digest = DIGESTS[algorithm];
  if (digest !== undefined) return pbkdf2Hash(digest, iterations, salt, value);
  if (algorithm !== 'argon2') return undefined;
  const more = membersOf(how.additionalParameters);
  const first = (name: string): string => textsIn(more[name])[0] ?? '';
  if (first('version') !== '1.3') return undefined;
  const cost = { memory: Number(first('memory')), iterations, parallelism: Number(first('parallelism')) };
  return argon2Hash(first('type'), cost, salt, value);
}
