/** Wires `/admin/issuers` to the directory. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { trustRegistry } from '../../store/trusted-issuers.ts';
import { issuersHandler } from './handler.ts';

const { DIRECTORY_TABLE, LEDGER_TABLE, ISSUER } = readEnv(['DIRECTORY_TABLE', 'LEDGER_TABLE', 'ISSUER']);
const client = documentClient();

export const handler: Handler = issuersHandler(
  {
    registry: trustRegistry({ client, table: DIRECTORY_TABLE }),
    log: createLog('issuers'),
    audit: auditWriter({ client, table: LEDGER_TABLE }),
  },
  ISSUER,
);
