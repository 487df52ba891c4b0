/**
 * The operators' side of the ledger: what was not booked when it should have been, and whether what was booked is still
 * what it was. Nothing that is there is ever changed or taken away.
 */
import type { AuditWriter } from '../../domain/audit.ts';
import type {
  Chain,
  HourReader,
  LateBooking,
  LateHours,
  RecordFinder,
  RollupReader,
  Seals,
} from '../../domain/ledger/ports.ts';
import type { PriceReader } from '../../domain/ledger/price-list.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes } from '../../http/operator.ts';
import { hourCounted, listLinks } from './closings.ts';
import { listMissing } from './missing.ts';
import { bookRecords } from './records.ts';

export interface BookkeepingPorts {
  booking: LateBooking;
  records: RecordFinder;
  hours: HourReader;
  chain: Pick<Chain, 'links' | 'linkOf'>;
  closed: Pick<RollupReader, 'state'>;
  late: Pick<LateHours, 'marked'>;
  /** As the closing makes it. */
  seals: Pick<Seals, 'digest'>;
  prices: PriceReader;
  clock: Clock;
  log: Log;
  audit: AuditWriter;
}

export interface BookkeepingTerms {
  /** Seconds that records are kept. */
  retention: number;
}

export type Serve = (
  ports: BookkeepingPorts,
  asked: OperatorRequest,
  terms: BookkeepingTerms,
) => Promise<Response>;

export const bookkeepingHandler = (ports: BookkeepingPorts, terms: BookkeepingTerms): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'ledger', unavailable: UNAVAILABLE },
    {
      'POST /admin/usage/records': (asked) => bookRecords(ports, asked, terms),
      'POST /admin/usage/missing': (asked) => listMissing(ports, asked, terms),
      'GET /admin/usage/closings': (asked) => listLinks(ports, asked, terms),
      'GET /admin/usage/closings/{hour}': (asked) => hourCounted(ports, asked, terms),
    },
  );

const UNAVAILABLE = 'The ledger did not answer. Try again: a record that is booked twice is one record.';
