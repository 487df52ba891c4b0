/** Wires `POST /oauth2/token` to the directory, the key ring and the ledger. */
import { randomBytes } from 'node:crypto';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../domain/grant-type.ts';
import { fail } from '../../domain/result.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { oauthError } from '../../http/respond.ts';
import { roles, routeOf } from '../../routes.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { issuanceWriter } from '../../store/ledger.ts';
import { wireAuthentication } from '../wire-authentication.ts';
import { wireSigning } from '../wire-signing.ts';
import type { GrantHandler } from './grant.ts';
import { clientCredentials } from './grants/client-credentials.ts';
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
  roles,
  price: routeOf('POST /oauth2/token')?.price ?? 0,
};
const authenticate = wireAuthentication({ directory, issuer: env.ISSUER, clock, log });

const notYet: GrantHandler = async () =>
  fail(oauthError(400, 'unsupported_grant_type', 'this grant is not there yet'));

export const handler: Handler = tokenHandler(
  {
    grants: {
      client_credentials: clientCredentials({ authenticate }, terms),
      refresh_token: notYet,
      [TOKEN_EXCHANGE]: notYet,
      [JWT_BEARER]: notYet,
    },
    sign: wireSigning(env.KEY_RING_SECRET, clock),
    ledger: issuanceWriter(ledger),
    clock,
    random: randomBytes,
    log,
  },
  terms,
);
