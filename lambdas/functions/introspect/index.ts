/** Wires `POST /oauth2/introspect` to the directory, the published keys and the ledger. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { wireAuthentication } from '../wire-authentication.ts';
import { introspectHandler } from './handler.ts';

const env = readEnv(['ISSUER', 'AUDIENCE', 'DIRECTORY_TABLE', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET']);
const clock = Date.now;
const log = createLog('introspect');
const client = documentClient();

export const handler: Handler = introspectHandler({
  authenticate: wireAuthentication({ directory: { client, table: env.DIRECTORY_TABLE }, clock, log }),
  log,
});
