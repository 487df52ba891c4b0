/** `GET /usage`: what the caller called, and what it cost. */
import { type DateRange, hoursOf, parseDateRange, type RangeFault } from '../../domain/date-range.ts';
import { type Clock, StoreUnavailable, type UsageReader } from '../../domain/ports.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { usageTally } from '../../domain/usage-report.ts';
import type { Request, Response } from '../../http/event.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import type { Log } from '../../http/log.ts';
import { ledgerUnavailable } from '../../http/refusals.ts';
import { problem } from '../../http/respond.ts';
import { csvReport, jsonReport } from './format.ts';

export interface UsagePorts {
  usage: UsageReader;
  clock: Clock;
  log: Log;
  /** Seconds that usage records are kept. */
  retention: number;
}

/**
 * @returns the handler of `GET /usage?from=&to=&format=json|csv`: 200 with the report of the caller's own calls
 *   (refused ones count as calls, at no cost), 400 with `invalid_from`, `invalid_to`, `range_reversed`,
 *   `range_too_long`, `invalid_format` or `unknown_parameter`, or 503 `ledger_unavailable`
 */
export const usageHandler =
  ({ usage, clock, log, retention }: UsagePorts): ProtectedHandler =>
  async (request, { sub, txn }) => {
    const now = clock();
    const query = parseQuery(request, now);
    if (!query.ok) {
      return problem({ status: 400, title: 'Not a report', ...query.failure });
    }
    const { range, format } = query.value;
    // The hour of now is the last that can have records; expiry may leave some that are older than promised.
    const hours = hoursOf(range, { from: now - retention * 1000, to: now + 1 });
    try {
      return format(await reportOf(usage, sub, range, hours), range);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.error('usage not read', { requestId: request.requestContext.requestId, txn, error });
      return ledgerUnavailable();
    }
  };

interface Query {
  range: DateRange;
  format: typeof jsonReport;
}

type QueryFault = RangeFault | { code: 'invalid_format' | 'unknown_parameter'; detail: string };

const FORMATS = new Map<string, (...report: Parameters<typeof jsonReport>) => Response>([
  ['json', jsonReport],
  ['csv', csvReport],
]);
const PARAMETERS: readonly string[] = ['from', 'to', 'format'];

/** A repeated parameter arrives joined by commas, which no value that is accepted here can hold. */
function parseQuery({ queryStringParameters = {} }: Request, now: number): Result<Query, QueryFault> {
  if (!Object.keys(queryStringParameters).every((name) => PARAMETERS.includes(name))) {
    return fail({ code: 'unknown_parameter', detail: `the parameters are ${PARAMETERS.join(', ')}` });
  }
  const { from, to, format: name = 'json' } = queryStringParameters;
  const format = FORMATS.get(name);
  if (format === undefined) return fail({ code: 'invalid_format', detail: 'format is json or csv' });
  const range = parseDateRange(from, to, now);
  return range.ok ? ok({ range: range.value, format }) : range;
}

/** Hours that are read at once: each takes a connection per shard, and the client has 50. */
const HOURS_AT_ONCE = 4;

async function reportOf(usage: UsageReader, sub: string, range: DateRange, hours: readonly string[]) {
  const tally = usageTally(range);
  for (let next = 0; next < hours.length; next += HOURS_AT_ONCE) {
    const read = hours.slice(next, next + HOURS_AT_ONCE).map((hour) => usage.recordsOf(sub, hour));
    for (const records of await Promise.all(read)) tally.add(records);
  }
  return tally.report();
}
