/** Wires `POST /oauth2/revoke` to the directory, the published keys and the ledger. */
import { publishedKeys } from '../../crypto/published-keys.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { verifyToken } from '../../crypto/verify-token.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { directory as directoryOf } from '../../store/directory.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { revocationWriter } from '../../store/ledger.ts';
import { wireAssertions, wireAuthentication } from '../wire-authentication.ts';
import { wireSessions } from '../wire-sessions.ts';
import { revokeHandler } from './handler.ts';

const env = readEnv(['ISSUER', 'AUDIENCE', 'DIRECTORY_TABLE', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET']);
const { ISSUER: issuer, AUDIENCE: audience } = env;
const clock = Date.now;
const log = createLog('revoke');
const client = documentClient();
const directory = { client, table: env.DIRECTORY_TABLE };
const keys = publishedKeys({ client: secretsManagerClient(), secretId: env.PUBLISHED_KEYS_SECRET, clock });

export const handler: Handler = revokeHandler({
  authenticate: wireAuthentication({
    directory,
    assertions: wireAssertions(directory, issuer),
    clock,
    log,
  }),
  verify: async (token, now) => {
    const jwks = await keys.jwks();
    const verified = await verifyToken(token, { jwks, issuer, audience, now, acceptExpired: true });
    if (!verified.ok) return undefined;
    const { jti, client_id: clientId, iat, exp } = verified.value.claims;
    return { jti, clientId, iat, exp };
  },
  ledger: revocationWriter({ client, table: env.LEDGER_TABLE }),
  directory: directoryOf(directory),
  ...wireSessions(directory),
  clock,
  log,
});
