/** Wires `POST /oauth2/token` to the directory, the key ring and the ledger. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ownTokens } from '../../crypto/own-tokens.ts';
import { publishedKeys } from '../../crypto/published-keys.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../domain/grant-type.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { assertionLog } from '../../store/assertions.ts';
import { budgetReader } from '../../store/budgets.ts';
import { clientReader, directory as directoryOf } from '../../store/directory.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { issuanceWriter, revocationReader, revocationWriter } from '../../store/ledger.ts';
import { wireAssertions, wireAuthentication } from '../wire-authentication.ts';
import { wireForeignTokens } from '../wire-foreign-tokens.ts';
import { wirePriceOf } from '../wire-prices.ts';
import { wireRoles } from '../wire-roles.ts';
import { wireSessions } from '../wire-sessions.ts';
import { wireSigning } from '../wire-signing.ts';
import { clientCredentials } from './grants/client-credentials.ts';
import { jwtBearer } from './grants/jwt-bearer.ts';
import { refresh } from './grants/refresh-token.ts';
import { tokenExchange } from './grants/token-exchange.ts';
import { tokenHandler } from './handler.ts';

const env = readEnv([
  'ISSUER',
  'AUDIENCE',
  'DIRECTORY_TABLE',
  'LEDGER_TABLE',
  'KEY_RING_SECRET',
  'PUBLISHED_KEYS_SECRET',
  'TOKEN_LIFETIME',
  'USAGE_RETENTION_DAYS',
]);
const clock = Date.now;
const log = createLog('token');
const client = documentClient();
const directory = { client, table: env.DIRECTORY_TABLE };
const ledger = { client, table: env.LEDGER_TABLE, retention: env.USAGE_RETENTION_DAYS * 24 * 3600 };
const terms = {
  issuer: env.ISSUER,
  audience: env.AUDIENCE,
  tokenLifetime: env.TOKEN_LIFETIME,
};
const authenticate = wireAuthentication({
  directory,
  assertions: wireAssertions(directory, env.ISSUER),
  clock,
  log,
});
const roles = wireRoles(directory, clock);
const sessions = wireSessions(directory);
const own = ownTokens({
  keys: publishedKeys({ client: secretsManagerClient(), secretId: env.PUBLISHED_KEYS_SECRET, clock }),
  revocations: revocationReader(ledger),
  issuer: env.ISSUER,
  audience: env.AUDIENCE,
});
const foreign = wireForeignTokens({ directory, issuer: env.ISSUER, clock, log });

export const handler: Handler = tokenHandler(
  {
    grants: {
      client_credentials: clientCredentials({ authenticate, openSession: sessions.open, roles }, terms),
      refresh_token: refresh(
        {
          ...{ authenticate, ...sessions, directory: directoryOf(directory), roles, log },
          ...{ revocations: revocationReader(ledger), ledger: revocationWriter(ledger) },
        },
        terms,
      ),
      [TOKEN_EXCHANGE]: tokenExchange({ authenticate, own, foreign, roles, log }, terms),
      [JWT_BEARER]: jwtBearer(
        {
          ...{ authenticate, clients: clientReader(directory), foreign, roles, log },
          used: assertionLog(directory, randomUUID),
        },
        terms,
      ),
    },
    sign: wireSigning(env.KEY_RING_SECRET, clock),
    ledger: issuanceWriter(ledger),
    budgets: budgetReader(ledger),
    price: wirePriceOf('POST /oauth2/token', ledger, clock),
    clock,
    random: randomBytes,
    log,
  },
  terms,
);
