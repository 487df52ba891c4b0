/** Wires `POST /auth` to the directory, the key ring and the ledger. */
import { randomBytes } from 'node:crypto';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { budgetReader } from '../../store/budgets.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { issuanceWriter } from '../../store/ledger.ts';
import { wireAuthentication } from '../wire-authentication.ts';
import { wirePriceOf } from '../wire-prices.ts';
import { wireRoles } from '../wire-roles.ts';
import { wireSessions } from '../wire-sessions.ts';
import { wireSigning } from '../wire-signing.ts';
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
const directory = { client, table: env.DIRECTORY_TABLE };
const ledger = { client, table: env.LEDGER_TABLE, retention: env.USAGE_RETENTION_DAYS * 24 * 3600 };

export const handler: Handler = loginHandler(
  {
    authenticate: wireAuthentication({ directory, clock, log }),
    roles: wireRoles(directory, clock),
    openSession: wireSessions(directory).open,
    sign: wireSigning(env.KEY_RING_SECRET, clock),
    ledger: issuanceWriter(ledger),
    budgets: budgetReader(ledger),
    price: wirePriceOf('POST /auth', ledger, clock),
    clock,
    random: randomBytes,
    log,
  },
  {
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
    tokenLifetime: env.TOKEN_LIFETIME,
  },
);
