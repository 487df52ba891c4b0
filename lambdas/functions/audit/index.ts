/** Wires `GET /admin/audit` to the ledger. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditReader } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { auditHandler } from './handler.ts';

const { LEDGER_TABLE } = readEnv(['LEDGER_TABLE']);

export const handler: Handler = auditHandler({
  trail: auditReader({ client: documentClient(), table: LEDGER_TABLE }),
  clock: Date.now,
  log: createLog('audit'),
});
