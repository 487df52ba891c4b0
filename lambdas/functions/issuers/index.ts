/** Wires `/admin/issuers` to the directory. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { trustRegistry } from '../../store/trusted-issuers.ts';
import { wireRolesNow } from '../wire-roles.ts';
import { issuersHandler } from './handler.ts';

const { DIRECTORY_TABLE, LEDGER_TABLE, ISSUER } = readEnv(['DIRECTORY_TABLE', 'LEDGER_TABLE', 'ISSUER']);
const client = documentClient();
const directory = { client, table: DIRECTORY_TABLE };

export const handler: Handler = issuersHandler(
  {
    registry: trustRegistry(directory),
    roles: wireRolesNow(directory),
    log: createLog('issuers'),
    audit: auditWriter({ client, table: LEDGER_TABLE }),
  },
  ISSUER,
);
