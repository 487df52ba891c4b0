/** Wires `/admin/clients` to the directory, and what ends with a client to the ledger. */
import { randomBytes, randomUUID } from 'node:crypto';
import { hashPassword, hashSecret } from '../../crypto/credentials.ts';
import { derivedRandom, requestOf } from '../../crypto/derived-random.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { clientRegistry } from '../../store/client-registry.ts';
import { clientRemoval } from '../../store/client-removal.ts';
import { clientUses } from '../../store/client-uses.ts';
import { credentialRegistry } from '../../store/credential-registry.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { idempotencyLog } from '../../store/idempotency.ts';
import { revocationWriter } from '../../store/revocations.ts';
import { wireRolesNow } from '../wire-roles.ts';
import { clientsHandler } from './handler.ts';

const { DIRECTORY_TABLE, LEDGER_TABLE } = readEnv(['DIRECTORY_TABLE', 'LEDGER_TABLE']);
const client = documentClient();
const directory = { client, table: DIRECTORY_TABLE };
const ledger = { client, table: LEDGER_TABLE };

export const handler: Handler = clientsHandler({
  registry: clientRegistry(directory, randomUUID),
  credentials: credentialRegistry(directory, randomUUID),
  removal: clientRemoval(directory, randomUUID),
  uses: clientUses(directory, ledger),
  requests: idempotencyLog(directory),
  revocations: revocationWriter(ledger),
  roles: wireRolesNow(directory),
  hashSecret,
  hashPassword,
  derive: derivedRandom,
  requestOf,
  newId: randomUUID,
  clock: Date.now,
  random: randomBytes,
  log: createLog('clients'),
  audit: auditWriter(ledger),
});
