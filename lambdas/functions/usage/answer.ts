/** A page of a report, for whoever asks: a caller with a token, or an operator. */
import type { Whose } from '../../domain/ledger/grouping.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { problem } from '../../http/respond.ts';
import { csvPage, jsonPage } from './format.ts';
import { notAReport, parseQuery } from './query.ts';
import { type ReportFault, type ReportPorts, readReport } from './report.ts';

export interface UsagePorts extends ReportPorts {
  clock: Clock;
  log: Log;
  /** Seconds that usage records are kept. */
  retention: number;
}

/** For whom a report is. */
export interface Viewer {
  /** Whose calls are told where the request does not say. */
  usual: Whose;
  /** @returns the answer to who may not see them */
  refusalOf(whose: Whose): Response | undefined;
}

/**
 * Of closed hours the same page is always the same page, whatever happens meanwhile, and the pages together have each
 * row once: their sums are the total. Hours that are open while one pages go on: what is booked between two pages is
 * in the rows that were not told yet, and in no other. So whoever wants a report that does not move asks for closed
 * hours. A record that was booked late is in its hour once that has been closed again, a few minutes later.
 *
 * @param request with `?from=&to=&groupBy=&user=&client=&tenant=&format=&limit=&cursor=`
 * @returns 200 with a page of the report (refused calls count as calls, at no cost), and `Link: <…>; rel="next"` where
 *   it goes on; 400 with `invalid_from`, `invalid_to`, `range_reversed`, `range_too_long`, `invalid_group_by`,
 *   `invalid_format`, `invalid_limit`, `invalid_whose`, `invalid_cursor`, `unknown_parameter`, `not_whole_hours`,
 *   `records_expired` or `report_too_large`; 503 `hours_not_closed` with `Retry-After`; or the viewer's refusal
 * @throws {StoreUnavailable}
 */
export async function answerReport(
  { clock, retention, ...ports }: UsagePorts,
  request: Request,
  viewer: Viewer,
): Promise<Response> {
  const now = clock();
  const query = parseQuery(request, viewer.usual, now);
  if (!query.ok) return query.failure;
  const refusal = viewer.refusalOf(query.value.whose);
  if (refusal !== undefined) return refusal;
  const page = await readReport(ports, query.value, { now, retention });
  if (!page.ok) return notRead(page.failure);
  return query.value.format === 'csv' ? csvPage(page.value, query.value) : jsonPage(page.value, query.value);
}

/** Seconds between two runs of the closing. */
const UNTIL_CLOSED = 300;

function notRead({ code, closedUntil }: ReportFault): Response {
  const detail = DETAILS[code](closedUntil);
  if (code === 'hours_not_closed') return tryAgain(code, detail, UNTIL_CLOSED);
  return notAReport(code, detail);
}

/** 503, and when to ask again. */
export const tryAgain = (code: string, detail: string, seconds: number): Response =>
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
