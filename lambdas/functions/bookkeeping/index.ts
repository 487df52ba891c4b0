/** Wires the operators' side of the ledger. */
import { seals } from '../../crypto/seals.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { chain, lateHours } from '../../store/closings.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { hourReader } from '../../store/hours.ts';
import { lateBooking } from '../../store/late-booking.ts';
import { recordFinder } from '../../store/record-finder.ts';
import { rollupReader } from '../../store/rollups.ts';
import { wirePrices } from '../wire-prices.ts';
import { bookkeepingHandler } from './handler.ts';

const { LEDGER_TABLE, USAGE_RETENTION_DAYS } = readEnv(['LEDGER_TABLE', 'USAGE_RETENTION_DAYS']);
const retention = USAGE_RETENTION_DAYS * 86_400;
const ledger = { client: documentClient(), table: LEDGER_TABLE };
const late = lateHours(ledger);

export const handler: Handler = bookkeepingHandler(
  {
    booking: lateBooking({ ...ledger, retention }, late),
    records: recordFinder(ledger),
    hours: hourReader(ledger),
    chain: chain(ledger),
    closed: rollupReader(ledger),
    late,
    seals,
    prices: wirePrices(ledger, Date.now),
    clock: Date.now,
    log: createLog('bookkeeping'),
    audit: auditWriter(ledger),
  },
  { retention },
);
