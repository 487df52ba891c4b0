/**
 * The operators' side of the ledger: what was not booked when it should have been, and whether what was booked is still
 * what it was. Nothing that is there is ever changed or taken away.
 */
import type {
  Chain,
  HourReader,
  LateBooking,
  LateHours,
  RecordFinder,
  RollupReader,
  Seals,
} from '../../domain/ledger/ports.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoute } from '../../http/operator.ts';
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
  clock: Clock;
  log: Log;
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
  operatorRoute(
    ports.log,
    async (asked) => {
      const serve = SERVED[asked.request.routeKey];
      if (serve === undefined) throw new Error('a route that this function does not serve');
      return serve(ports, asked, terms);
    },
    'The ledger did not answer. Try again: a record that is booked twice is one record.',
  );

const SERVED: Readonly<Record<string, Serve>> = {
  'POST /admin/usage/records': bookRecords,
  'POST /admin/usage/missing': listMissing,
  'GET /admin/usage/closings': listLinks,
  'GET /admin/usage/closings/{hour}': hourCounted,
};
