/** `GET /admin/audit`: who of the operators changed what, the latest first. */
import { type AuditReader, type AuditRecord, outcomeOf } from '../../domain/audit.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { operatorRoute } from '../../http/operator.ts';
import { formatCursor, linkTo } from '../../http/paging.ts';
import { json } from '../../http/respond.ts';
import { type Page, type ReadLimits, readPage } from './page.ts';
import { type AuditQuery, parseQuery, positionOf } from './query.ts';

export interface AuditPorts {
  trail: AuditReader;
  clock: Clock;
  log: Log;
}

/** What is done well within the ten seconds that a function has: a query for each day, and for each megabyte. */
const LIMITS: ReadLimits = { days: 100, records: 20_000, bytes: 5_000_000 };

/**
 * @returns the handler of `GET /admin/audit?from=&to=&operator=&action=&target=&limit=&cursor=`: 200 with a page, which
 *   may have fewer records than `limit`, even none, and goes on while it has a `next`; 400 `invalid_from`, `invalid_to`,
 *   `range_reversed`, `invalid_limit`, `invalid_cursor` or `unknown_parameter`; 503 `ledger_unavailable`
 */
export const auditHandler = ({ trail, clock, log }: AuditPorts, limits: ReadLimits = LIMITS): Handler =>
  operatorRoute({ log, store: 'ledger' }, async ({ request }) => {
    const query = parseQuery(request, clock());
    if (!query.ok) return query.failure;
    return answer(query.value, await readPage(trail, query.value, limits));
  });

function answer({ span, page, identity }: AuditQuery, { records, next }: Page): Response {
  const cursor = next && formatCursor(identity, positionOf(span, next));
  return json(
    200,
    {
      from: new Date(span.from).toISOString(),
      to: new Date(span.to).toISOString(),
      records: records.map(recordShown),
      ...(cursor !== undefined && { next: cursor }),
    },
    linkTo(page, cursor),
  );
}

/** `index` tells the changes of one request apart. */
const recordShown = (record: AuditRecord) => ({
  at: new Date(record.at).toISOString(),
  request_id: record.requestId,
  index: record.index,
  operator: record.operator,
  source_ip: record.sourceIp,
  route: record.route,
  action: record.action,
  target: record.target,
  ...(record.details !== undefined && { details: record.details }),
  outcome: outcomeOf(record),
  ...(record.status !== undefined && { status: record.status }),
  ...(record.code !== undefined && { code: record.code }),
});
