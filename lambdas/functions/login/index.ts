/** Wires `POST /auth` to the directory, the key ring and the ledger. */
import { randomBytes } from 'node:crypto';
import { verifyPassword, verifySecret } from '../../crypto/credentials.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { signToken } from '../../crypto/sign-token.ts';
import { signingKeys } from '../../crypto/signing-keys.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { roles, routeOf } from '../../routes.ts';
import { directory } from '../../store/directory.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { issuanceWriter } from '../../store/ledger.ts';
import { authenticator } from '../authenticate.ts';
import { loginHandler } from './handler.ts';

const env = readEnv([
  'ISSUER',
  'AUDIENCE',
  'DIRECTORY_TABLE',
  'LEDGER_TABLE',
  'KEY_RING_SECRET',
  'TOKEN_LIFETIME',
  'USAGE_RETENTION_DAYS',
]);
const clock = Date.now;
const log = createLog('login');
const client = documentClient();
const keys = signingKeys({ client: secretsManagerClient(), secretId: env.KEY_RING_SECRET, clock });

export const handler: Handler = loginHandler(
  {
    authenticate: authenticator({
      directory: directory({ client, table: env.DIRECTORY_TABLE }),
      verifySecret,
      verifyPassword,
      clock,
      log,
    }),
    sign: async (claims) => {
      const key = await keys.current();
      return { token: await signToken(claims, key), kid: key.kid };
    },
    ledger: issuanceWriter({
      client,
      table: env.LEDGER_TABLE,
      retention: env.USAGE_RETENTION_DAYS * 24 * 3600,
    }),
    clock,
    random: randomBytes,
    log,
  },
  {
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
    tokenLifetime: env.TOKEN_LIFETIME,
    roles,
    price: routeOf('POST /auth')?.price ?? 0,
  },
);
