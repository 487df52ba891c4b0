/** Wires `/admin/clients` to the directory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { hashPassword, hashSecret } from '../../crypto/credentials.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { clientRegistry } from '../../store/client-registry.ts';
import { credentialRegistry } from '../../store/credential-registry.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { clientsHandler } from './handler.ts';

const { DIRECTORY_TABLE, LEDGER_TABLE } = readEnv(['DIRECTORY_TABLE', 'LEDGER_TABLE']);
const client = documentClient();
const directory = { client, table: DIRECTORY_TABLE };

export const handler: Handler = clientsHandler({
  registry: clientRegistry(directory, randomUUID),
  credentials: credentialRegistry(directory, randomUUID),
  hashSecret,
  hashPassword,
  clock: Date.now,
  random: randomBytes,
  log: createLog('clients'),
  audit: auditWriter({ client, table: LEDGER_TABLE }),
});
