/** Wires `/admin/imports` to the directory. */
import { randomUUID } from 'node:crypto';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { clientImports } from '../../store/client-imports.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { wireRolesNow } from '../wire-roles.ts';
import { importsHandler } from './handler.ts';

const { DIRECTORY_TABLE, LEDGER_TABLE } = readEnv(['DIRECTORY_TABLE', 'LEDGER_TABLE']);
const client = documentClient();
const directory = { client, table: DIRECTORY_TABLE };

export const handler: Handler = importsHandler({
  imports: clientImports(directory, randomUUID, Date.now),
  roles: wireRolesNow(directory),
  log: createLog('imports'),
  audit: auditWriter({ client, table: LEDGER_TABLE }),
});
