/** Wires the closing to the ledger. */
import { setTimeout } from 'node:timers/promises';
import { seals } from '../../crypto/seals.ts';
import { readEnv } from '../../env.ts';
import { budgetEvents, eventBridgeClient } from '../../events/budget-events.ts';
import type { Response } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { budgetRegistry, spendingWriter } from '../../store/budgets.ts';
import { chain, closingStates, lateHours } from '../../store/closings.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { habitBook } from '../../store/habits.ts';
import { hourReader } from '../../store/hours.ts';
import { rollupReader, rollupWriter } from '../../store/rollups.ts';
import { lookAtBudgets } from './budgets.ts';
import { closingHandler } from './handler.ts';
import { notingOnce } from './noted.ts';

const env = readEnv(['LEDGER_TABLE', 'USAGE_RETENTION_DAYS', 'POWERTOOLS_SERVICE_NAME']);
// It has time: what is throttled is worth waiting for.
const ledger = { client: documentClient({ maxAttempts: 6 }), table: env.LEDGER_TABLE };

export const handler: (event: unknown) => Promise<Response | undefined> = closingHandler({
  hours: hourReader(ledger),
  rollups: notingOnce({ ...rollupReader(ledger), ...rollupWriter(ledger) }),
  chain: chain(ledger),
  late: lateHours(ledger),
  states: closingStates(ledger),
  seals,
  habits: habitBook(ledger),
  steps: [
    lookAtBudgets({
      budgets: budgetRegistry(ledger),
      spending: spendingWriter(ledger),
      rollups: rollupReader(ledger),
      hours: hourReader(ledger),
      events: budgetEvents({ client: eventBridgeClient(), stack: env.POWERTOOLS_SERVICE_NAME }),
      clock: Date.now,
    }),
  ],
  clock: Date.now,
  pause: (milliseconds) => setTimeout(milliseconds),
  log: createLog('closing'),
  audit: auditWriter(ledger),
  retention: env.USAGE_RETENTION_DAYS * 24 * 3600,
});
