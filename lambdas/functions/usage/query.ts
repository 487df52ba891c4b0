/** The parameters of `GET /usage`. */
import { type DateRange, parseDateRange, type RangeFault, tooLong } from '../../domain/date-range.ts';
import { type GroupBy, groupings, type Whose } from '../../domain/ledger/grouping.ts';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Request } from '../../http/event.ts';
import { parseCursor } from './cursor.ts';
import type { ReportQuery } from './sheet.ts';

export const formats = ['json', 'csv'] as const;
export type Format = (typeof formats)[number];

export interface UsageQuery extends ReportQuery {
  format: Format;
  /** What a cursor of this query is bound to. */
  bound: string;
  /** The parameters as they came, for the link to the next page. */
  parameters: Readonly<Record<string, string>>;
}

export interface QueryFault {
  code:
    | RangeFault['code']
    | 'unknown_parameter'
    | 'invalid_format'
    | 'invalid_group_by'
    | 'invalid_limit'
    | 'invalid_whose'
    | 'invalid_cursor';
  detail: string;
}

const PARAMETERS: readonly string[] = [
  'from',
  'to',
  'groupBy',
  'format',
  'limit',
  'cursor',
  'user',
  'client',
  'tenant',
];

/** Days of the longest report: where it is of hours or of tokens, a month. */
const MOST_DAYS: Readonly<Record<GroupBy, number>> = {
  day: 366,
  route: 366,
  tenant: 366,
  hour: 31,
  token: 31,
};

const DEFAULT_LIMIT = 1_000;
const MOST_ROWS = 10_000;

/**
 * A repeated parameter arrives joined by commas, which no value can hold that is accepted here, but those that say
 * whose calls are asked for: there it is the name of somebody else.
 *
 * @param sub the caller's: whose calls are told where nothing else is said
 * @param now milliseconds since the epoch
 */
export function parseQuery(
  { queryStringParameters: given = {} }: Request,
  sub: string,
  now: number,
): Result<UsageQuery, QueryFault> {
  const parameters = given as Record<string, string>;
  if (!Object.keys(parameters).every((name) => PARAMETERS.includes(name))) {
    return fail({ code: 'unknown_parameter', detail: `the parameters are ${PARAMETERS.join(', ')}` });
  }
  const format = oneOf(formats, parameters.format ?? 'json');
  if (format === undefined) return fail({ code: 'invalid_format', detail: 'format is json or csv' });
  const groupBy = oneOf(groupings, parameters.groupBy ?? 'day');
  if (groupBy === undefined) {
    return fail({ code: 'invalid_group_by', detail: `groupBy is one of ${groupings.join(', ')}` });
  }
  const limit = parseLimit(parameters.limit);
  if (limit === undefined) {
    return fail({ code: 'invalid_limit', detail: `limit is a number from 1 to ${MOST_ROWS}` });
  }
  const whose = parseWhose(parameters, sub);
  if (!whose.ok) return whose;
  const bound = JSON.stringify([groupBy, whose.value, parameters.from, parameters.to]);
  const stretch = stretchOf(parameters, groupBy, bound, now);
  if (!stretch.ok) return stretch;
  return ok({ whose: whose.value, groupBy, limit, ...stretch.value, format, bound, parameters });
}

/** Which part of the report: all of the range, or what is behind the cursor. */
function stretchOf(
  { from, to, cursor: text }: Readonly<Record<string, string>>,
  groupBy: GroupBy,
  bound: string,
  now: number,
): Result<Pick<ReportQuery, 'range' | 'after'>, QueryFault> {
  const cursor = text === undefined ? undefined : parseCursor(text, bound, groupBy);
  if (text !== undefined && cursor === undefined) {
    return fail({ code: 'invalid_cursor', detail: 'the cursor is none of this query; begin without one' });
  }
  const range: Result<DateRange, RangeFault> =
    cursor === undefined ? parseDateRange(from, to, now) : ok(cursor.range);
  if (!range.ok) return range;
  const fault = tooLong(range.value, MOST_DAYS[groupBy]);
  return fault === undefined
    ? ok({ range: range.value, ...(cursor && { after: cursor.after }) })
    : fail(fault);
}

const oneOf = <Value extends string>(values: readonly Value[], text: string): Value | undefined =>
  values.find((value) => value === text);

function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MOST_ROWS ? limit : undefined;
}

const NAMES = ['user', 'client', 'tenant'] as const;

function parseWhose(
  parameters: Readonly<Record<string, string | undefined>>,
  sub: string,
): Result<Whose, QueryFault> {
  const [name, other] = NAMES.filter((name) => parameters[name] !== undefined);
  if (other !== undefined) {
    return fail({ code: 'invalid_whose', detail: `only one of ${NAMES.join(', ')} can be given` });
  }
  if (name === undefined) return ok({ of: 'user', sub });
  const id = parameters[name] ?? '';
  if (id === '' || !fitsSortKey(id)) {
    return fail({ code: 'invalid_whose', detail: `${name} is no name of one` });
  }
  if (name === 'client') return ok({ of: 'client', clientId: id });
  if (name === 'tenant') return ok({ of: 'tenant', tenant: id });
  return ok(id === '*' ? { of: 'everyone' } : { of: 'user', sub: id });
}
