/** Wires `POST /oauth2/introspect` to the directory, the published keys and the ledger. */
import { ownTokens } from '../../crypto/own-tokens.ts';
import { publishedKeys } from '../../crypto/published-keys.ts';
import { refreshTokens } from '../../crypto/refresh-tokens.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { directory as directoryOf } from '../../store/directory.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { revocationReader } from '../../store/ledger.ts';
import { refreshFamilies } from '../../store/refresh-families.ts';
import { wireAssertions, wireAuthentication } from '../wire-authentication.ts';
import { wireRoles } from '../wire-roles.ts';
import { introspectHandler } from './handler.ts';

const env = readEnv(['ISSUER', 'AUDIENCE', 'DIRECTORY_TABLE', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET']);
const clock = Date.now;
const log = createLog('introspect');
const client = documentClient();
const directory = { client, table: env.DIRECTORY_TABLE };
const revocations = revocationReader({ client, table: env.LEDGER_TABLE });

export const handler: Handler = introspectHandler({
  authenticate: wireAuthentication({
    directory,
    assertions: wireAssertions(directory, env.ISSUER),
    clock,
    log,
  }),
  tokens: ownTokens({
    keys: publishedKeys({ client: secretsManagerClient(), secretId: env.PUBLISHED_KEYS_SECRET, clock }),
    revocations,
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
  }),
  directory: directoryOf(directory),
  families: refreshFamilies(directory),
  refreshTokens,
  revocations,
  roles: wireRoles(directory, clock),
  clock,
  log,
});
