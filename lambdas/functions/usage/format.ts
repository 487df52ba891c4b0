/** The two forms of a page of a usage report. */
import { stringify } from 'csv-stringify/sync';
import { type GroupBy, type GroupNames, namesAt, type Place } from '../../domain/ledger/grouping.ts';
import { percentile } from '../../domain/ledger/latency.ts';
import type { Group } from '../../domain/ledger/lowest-groups.ts';
import type { Sums } from '../../domain/ledger/rollup.ts';
import { formatDollars } from '../../domain/money.ts';
import type { Response } from '../../http/event.ts';
import { formatCursor, linkTo } from '../../http/paging.ts';
import { json } from '../../http/respond.ts';
import type { Position } from './cursor.ts';
import type { UsageQuery } from './query.ts';
import type { Page } from './report.ts';

/**
 * @returns the page as JSON: costs in micro-dollars, exact, and in dollars, for people. `next` is the cursor of the
 *   page after it.
 */
export function jsonPage({ rows, total, next }: Page, query: UsageQuery): Response {
  const { range, groupBy } = query;
  const cursor = next && cursorOf(next, query);
  return json(
    200,
    {
      from: new Date(range.from).toISOString(),
      to: new Date(range.to).toISOString(),
      currency: 'USD',
      rows: rows.map(({ place, sums }) => ({ ...namesAt(groupBy, place), ...figuresOf(sums) })),
      total: figuresOf(total),
      ...(cursor !== undefined && { next: cursor }),
    },
    linkTo(query.page, cursor),
  );
}

/** @returns the page as CSV (RFC 4180) with a header line; no cell can be a spreadsheet's formula. */
export function csvPage({ rows, next }: Page, query: UsageQuery): Response {
  const columns = Object.keys(COLUMNS);
  const cursor = next && cursorOf(next, query);
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="usage.csv"',
      'cache-control': 'no-store',
      ...linkTo(query.page, cursor),
    },
    body: stringify(
      rows.map((row) => cellsOf(row, query.groupBy)),
      { header: true, columns, escape_formulas: true, record_delimiter: 'windows' },
    ),
  };
}

/** Latencies are upper bounds in milliseconds: half, 95 and 99 of a hundred calls took no longer. */
function figuresOf({ calls, errors, refused, cost, latencies }: Sums) {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(latencies, share));
  return {
    ...{ calls, errors, refused, cost_micro_dollars: cost, cost: formatDollars(cost) },
    ...(p50 !== undefined && { latency_ms: { p50, p95, p99 } }),
  };
}

type Cell = string | number | undefined;
type Figures = ReturnType<typeof figuresOf>;

const COLUMNS: Readonly<Record<string, (names: GroupNames, figures: Figures) => Cell>> = {
  User: ({ user }) => user,
  'API endpoint': ({ endpoint }) => endpoint,
  Date: ({ date }) => date,
  Calls: (_, { calls }) => calls,
  Cost: (_, { cost }) => cost,
  Errors: (_, { errors }) => errors,
  Refused: (_, { refused }) => refused,
  Tenant: ({ tenant }) => tenant ?? undefined,
  Token: ({ jti }) => jti,
  'p50 ms': (_, { latency_ms: latency }) => latency?.p50,
  'p95 ms': (_, { latency_ms: latency }) => latency?.p95,
  'p99 ms': (_, { latency_ms: latency }) => latency?.p99,
  // Last, so that a column that is counted from the left is still the one that it was.
  Client: ({ client }) => client,
};

function cellsOf({ place, sums }: Group, groupBy: GroupBy): Cell[] {
  const [names, figures] = [namesAt(groupBy, place), figuresOf(sums)];
  return Object.values(COLUMNS).map((cell) => harmless(cell(names, figures)));
}

/**
 * Where a comma is for fractions, a spreadsheet parts lines at semicolons, quotes or no quotes: what is behind one is
 * the beginning of a cell there.
 */
const harmless = (cell: Cell): Cell => (typeof cell === 'string' ? cell.replaceAll(';', ";'") : cell);

const cursorOf = (after: Place, { identity, range }: UsageQuery): string =>
  formatCursor(identity, { range, after } satisfies Position);
