/** Wires `/admin/roles` to the directory. */
import { randomUUID } from 'node:crypto';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { roleUsers } from '../../store/role-users.ts';
import { roleRecord } from '../../store/roles.ts';
import { rolesHandler } from './handler.ts';

const { DIRECTORY_TABLE, LEDGER_TABLE } = readEnv(['DIRECTORY_TABLE', 'LEDGER_TABLE']);
const client = documentClient();
const directory = { client, table: DIRECTORY_TABLE };

export const handler: Handler = rolesHandler({
  record: roleRecord(directory, randomUUID),
  users: roleUsers(directory),
  log: createLog('roles'),
  audit: auditWriter({ client, table: LEDGER_TABLE }),
});
