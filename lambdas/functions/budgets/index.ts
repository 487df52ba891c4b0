/** Wires `/admin/budgets` to the ledger. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { budgetRegistry } from '../../store/budgets.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { budgetsHandler } from './handler.ts';

const { LEDGER_TABLE } = readEnv(['LEDGER_TABLE']);
const ledger = { client: documentClient(), table: LEDGER_TABLE };

export const handler: Handler = budgetsHandler({
  registry: budgetRegistry(ledger),
  clock: Date.now,
  log: createLog('budgets'),
  audit: auditWriter(ledger),
});
