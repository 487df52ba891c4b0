/** The parameters of `GET /admin/audit`, and what its cursors hold. */
import * as z from 'zod/mini';
import { AUDIT_RETENTION, type AuditPosition, type AuditSpan, MAX_CHANGES } from '../../domain/audit.ts';
import { parseDateRange } from '../../domain/date-range.ts';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Request, Response } from '../../http/event.ts';
import { refused } from '../../http/operator.ts';
import { invalidCursor, type PageQuery, parsePageQuery, positionIn } from '../../http/paging.ts';

/** Which records; each of these that is given has to fit. */
export interface Wanted {
  /** A part of the operator's ARN. */
  operator?: string;
  /** An action, or the noun before its dot. */
  action?: string;
  /** An id, or its kind and it with a colon between. */
  target?: string;
}

export interface AuditQuery {
  wanted: Wanted;
  span: AuditSpan;
  page: PageQuery;
  /** What a cursor of this query is for. */
  identity: readonly string[];
}

const FILTERS = ['operator', 'action', 'target'] as const;

/** Records of a page. */
const PAGE = { usual: 100, most: 1_000 };

/**
 * The range is cut to what there can be: from where the trail is kept on, up to a little after now, since the gateway
 * has a clock of its own.
 *
 * @param now milliseconds since the epoch
 * @returns the query, or 400
 */
export function parseQuery(request: Request, now: number): Result<AuditQuery, Response> {
  const page = parsePageQuery(request, ['from', 'to', ...FILTERS], PAGE);
  if (!page.ok) return page;
  const { given, cursor } = page.value;
  const wanted = Object.fromEntries(
    FILTERS.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  ) as Wanted;
  const identity = ['audit', given.from ?? '', given.to ?? '', ...FILTERS.map((name) => given[name] ?? '')];
  const span = cursor === undefined ? spanOf(given, now) : behind(cursor, identity);
  return span.ok ? ok({ wanted, span: span.value, page: page.value, identity }) : span;
}

const SKEW = 60_000;

function spanOf({ from, to }: PageQuery['given'], now: number): Result<AuditSpan, Response> {
  const range = parseDateRange(from, to, now);
  if (!range.ok) return fail(refused(400, range.failure.code, `${range.failure.detail}.`));
  const begin = Math.max(from === undefined ? 0 : range.value.from, now - AUDIT_RETENTION * 1000);
  const end = Math.min(range.value.to, now + SKEW);
  return ok({ from: begin, to: Math.max(begin, end) });
}

/** The last time that is written with a year of four digits. */
const LAST = 253_402_300_799_999;
const time = z.int().check(z.minimum(0), z.maximum(LAST));
const index = z.int().check(z.minimum(0), z.maximum(MAX_CHANGES - 1));
const position = z.tuple([time, time, time, z.string(), index]);

/** @returns what a cursor holds: the range is that of the first page. */
export const positionOf = ({ from, to }: AuditSpan, after: AuditPosition): z.output<typeof position> => [
  from,
  to,
  after.at,
  after.requestId,
  after.index,
];

function behind(cursor: string, identity: readonly string[]): Result<AuditSpan, Response> {
  const parsed = position.safeParse(positionIn(cursor, identity));
  if (!parsed.success) return fail(invalidCursor());
  const [from, to, at, requestId, index] = parsed.data;
  // What can be no key must not be looked for.
  if (!fitsSortKey(new Date(at).toISOString(), requestId, '0000')) return fail(invalidCursor());
  return ok({ from, to, before: { at, requestId, index } });
}
