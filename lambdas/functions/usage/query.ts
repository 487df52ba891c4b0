/** The parameters of `GET /usage` and `GET /admin/usage`. */
import { parseDateRange, type RangeFault, tooLong } from '../../domain/date-range.ts';
import { type GroupBy, groupings, type Whose } from '../../domain/ledger/grouping.ts';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Request, Response } from '../../http/event.ts';
import { invalidCursor, type PageQuery, parsePageQuery, positionIn } from '../../http/paging.ts';
import { problem } from '../../http/respond.ts';
import { parsePosition } from './cursor.ts';
import type { ReportQuery } from './sheet.ts';

export const formats = ['json', 'csv'] as const;
export type Format = (typeof formats)[number];

export interface UsageQuery extends ReportQuery {
  format: Format;
  /** As it was asked for. */
  page: PageQuery;
  /** What a cursor of this query is for. */
  identity: readonly string[];
}

const NAMES = ['user', 'client', 'tenant'] as const;
const PARAMETERS = ['from', 'to', 'groupBy', 'format', ...NAMES];

/** Days of the longest report: where it is of hours or of tokens, a month. */
const MOST_DAYS: Readonly<Record<GroupBy, number>> = {
  day: 366,
  route: 366,
  user: 366,
  client: 366,
  tenant: 366,
  hour: 31,
  token: 31,
};

/** Rows of a page. */
const PAGE = { usual: 1_000, most: 10_000 };

/**
 * A repeated parameter arrives joined by commas, which no value can hold that is accepted here, but those that say
 * whose calls are asked for: there it is the name of somebody else.
 *
 * @param usual whose calls are told where nothing else is said
 * @param now milliseconds since the epoch
 * @returns the query, or 400
 */
export function parseQuery(request: Request, usual: Whose, now: number): Result<UsageQuery, Response> {
  const page = parsePageQuery(request, PARAMETERS, PAGE);
  if (!page.ok) return page;
  const { limit, given } = page.value;
  const format = oneOf(formats, given.format ?? 'json');
  if (format === undefined) return invalid('invalid_format', 'format is json or csv');
  const groupBy = oneOf(groupings, given.groupBy ?? 'day');
  if (groupBy === undefined) return invalid('invalid_group_by', `groupBy is one of ${groupings.join(', ')}`);
  const whose = parseWhose(given, usual);
  if (!whose.ok) return whose;
  const identity = [groupBy, JSON.stringify(whose.value), given.from ?? '', given.to ?? ''];
  const stretch = stretchOf(page.value, groupBy, identity, now);
  if (!stretch.ok) return stretch;
  return ok({ whose: whose.value, groupBy, limit, ...stretch.value, format, page: page.value, identity });
}

export const notAReport = (code: string, detail: string): Response =>
  problem({ status: 400, code, title: 'Not a report', detail });

const invalid = (
  code: 'invalid_format' | 'invalid_group_by' | 'invalid_whose' | RangeFault['code'],
  detail: string,
) => fail(notAReport(code, detail));

type Stretch = Pick<ReportQuery, 'range' | 'after'>;

/** Which part of the report: all of the range, or what is behind the cursor. */
function stretchOf(
  { cursor, given }: PageQuery,
  groupBy: GroupBy,
  identity: readonly string[],
  now: number,
): Result<Stretch, Response> {
  const stretch = cursor === undefined ? wholeRange(given, now) : parsePositionIn(cursor, groupBy, identity);
  if (!stretch.ok) return stretch;
  const fault = tooLong(stretch.value.range, MOST_DAYS[groupBy]);
  return fault === undefined ? stretch : invalid(fault.code, fault.detail);
}

function wholeRange({ from, to }: PageQuery['given'], now: number): Result<Stretch, Response> {
  const range = parseDateRange(from, to, now);
  return range.ok ? ok({ range: range.value }) : invalid(range.failure.code, range.failure.detail);
}

function parsePositionIn(
  cursor: string,
  groupBy: GroupBy,
  identity: readonly string[],
): Result<Stretch, Response> {
  const position = parsePosition(positionIn(cursor, identity), groupBy);
  return position === undefined ? fail(invalidCursor()) : ok(position);
}

const oneOf = <Value extends string>(values: readonly Value[], text: string): Value | undefined =>
  values.find((value) => value === text);

function parseWhose(given: PageQuery['given'], usual: Whose): Result<Whose, Response> {
  const [name, other] = NAMES.filter((name) => given[name] !== undefined);
  if (other !== undefined) return invalid('invalid_whose', `only one of ${NAMES.join(', ')} can be given`);
  if (name === undefined) return ok(usual);
  const id = given[name] ?? '';
  if (id === '' || !fitsSortKey(id)) return invalid('invalid_whose', `${name} is no name of one`);
  if (name === 'client') return ok({ of: 'client', clientId: id });
  if (name === 'tenant') return ok({ of: 'tenant', tenant: id });
  return ok(id === '*' ? { of: 'everyone' } : { of: 'user', sub: id });
}
