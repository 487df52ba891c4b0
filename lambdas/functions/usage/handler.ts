/** `GET /usage`: who called what, and what it cost. */
import type { Caller } from '../../domain/access.ts';
import type { Whose } from '../../domain/ledger/grouping.ts';
import { type Clock, StoreUnavailable } from '../../domain/ports.ts';
import type { Response } from '../../http/event.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import type { Log } from '../../http/log.ts';
import { accessRefused } from '../../http/refusals.ts';
import { problem } from '../../http/respond.ts';
import type { ScopeName } from '../../routes.ts';
import { csvPage, jsonPage } from './format.ts';
import { notAReport, parseQuery } from './query.ts';
import { type ReportFault, type ReportPorts, readReport } from './report.ts';

export interface UsagePorts extends ReportPorts {
  clock: Clock;
  log: Log;
  /** Seconds that usage records are kept. */
  retention: number;
}

/**
 * Of closed hours the same page is always the same page, whatever happens meanwhile, and the pages together have each
 * row once: their sums are the total. Hours that are open while one pages go on: what is booked between two pages is
 * in the rows that were not told yet, and in no other. So whoever wants a report that does not move asks for closed
 * hours. A record that was booked late is in its hour once that has been closed again, a few minutes later.
 *
 * @returns the handler of `GET /usage?from=&to=&groupBy=&user=&client=&tenant=&format=&limit=&cursor=`: 200 with a page
 *   of the report (refused calls count as calls, at no cost), and `Link: <…>; rel="next"` where it goes on; 400 with
 *   `invalid_from`, `invalid_to`, `range_reversed`, `range_too_long`, `invalid_group_by`, `invalid_format`,
 *   `invalid_limit`, `invalid_whose`, `invalid_cursor`, `unknown_parameter`, `not_whole_hours`, `records_expired` or
 *   `report_too_large`; 403 `insufficient_scope`; 503 `hours_not_closed` or `ledger_unavailable` with `Retry-After`
 */
export const usageHandler =
  ({ clock, log, retention, ...ports }: UsagePorts): ProtectedHandler =>
  async (request, caller) => {
    const now = clock();
    const query = parseQuery(request, caller.sub, now);
    if (!query.ok) return query.failure;
    if (!maySee(caller, query.value.whose))
      return accessRefused({ code: 'insufficient_scope', scope: OF_ALL });
    try {
      const page = await readReport(ports, query.value, { now, retention });
      if (!page.ok) return notRead(page.failure);
      return query.value.format === 'csv'
        ? csvPage(page.value, query.value)
        : jsonPage(page.value, query.value);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const { requestId } = request.requestContext;
      log.error('usage not read', { requestId, txn: caller.txn, error });
      return unavailable('ledger_unavailable', 'The ledger did not answer.', 1);
    }
  };

const OF_ALL: ScopeName = 'read:usage:all';

const maySee = ({ sub, scopes }: Caller, whose: Whose): boolean =>
  scopes.includes(OF_ALL) || (whose.of === 'user' && whose.sub === sub);

/** Seconds between two runs of the closing. */
const UNTIL_CLOSED = 300;

function notRead({ code, closedUntil }: ReportFault): Response {
  const detail = DETAILS[code](closedUntil);
  if (code === 'hours_not_closed') return unavailable(code, detail, UNTIL_CLOSED);
  return notAReport(code, detail);
}

const unavailable = (code: string, detail: string, seconds: number): Response =>
  problem({ status: 503, code, title: 'Try again', detail }, { 'retry-after': String(seconds) });

const DETAILS: Readonly<Record<ReportFault['code'], (closedUntil?: string) => string>> = {
  not_whole_hours: () =>
    'Only whole hours can be told of this time: from and to have to be dates, or times with no minutes.',
  records_expired: () =>
    'Tokens are told from the records of their calls, which are not kept any more: ask for a later from.',
  report_too_large: () => 'This is too much for one report: ask for a shorter range.',
  hours_not_closed: (closedUntil) =>
    `Too many calls of this time are not summed up yet: ${
      closedUntil === undefined
        ? 'try again later.'
        : `ask for what was up to ${closedUntil}, or try again later.`
    }`,
};
