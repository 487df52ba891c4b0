/** Wires `/admin/prices` to the ledger. */
import { randomUUID } from 'node:crypto';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { priceListRecord } from '../../store/prices.ts';
import { pricesHandler } from './handler.ts';

const { LEDGER_TABLE, USAGE_RETENTION_DAYS } = readEnv(['LEDGER_TABLE', 'USAGE_RETENTION_DAYS']);
const ledger = { client: documentClient(), table: LEDGER_TABLE };

export const handler: Handler = pricesHandler(
  {
    record: priceListRecord(ledger, randomUUID),
    clock: Date.now,
    log: createLog('prices'),
    audit: auditWriter(ledger),
  },
  { retention: USAGE_RETENTION_DAYS * 86_400 },
);
