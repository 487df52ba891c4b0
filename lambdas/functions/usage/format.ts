/** The two forms of a usage report. */
import { stringify } from 'csv-stringify/sync';
import type { DateRange } from '../../domain/date-range.ts';
import { formatDollars } from '../../domain/money.ts';
import type { UsageReport } from '../../domain/usage-report.ts';
import type { Response } from '../../http/event.ts';
import { json } from '../../http/respond.ts';

/** @returns the report as JSON: costs in micro-dollars, exact, and in dollars, for people. */
export const jsonReport = ({ rows, calls, cost }: UsageReport, { from, to }: DateRange): Response =>
  json(200, {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    currency: 'USD',
    rows: rows.map((row) => ({ ...row, ...costOf(row.cost) })),
    total: { calls, ...costOf(cost) },
  });

/** @returns the report as CSV (RFC 4180) with a header line; no cell can be a spreadsheet's formula. */
export const csvReport = ({ rows }: UsageReport): Response => ({
  statusCode: 200,
  headers: {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="usage.csv"',
    'cache-control': 'no-store',
  },
  body: stringify(
    rows.map((row) => [row.user, row.endpoint, row.date, row.calls, formatDollars(row.cost)]),
    {
      header: true,
      columns: ['User', 'API endpoint', 'Date', 'Calls', 'Cost'],
      escape_formulas: true,
      record_delimiter: 'windows',
    },
  ),
});

const costOf = (cost: number) => ({ cost_micro_dollars: cost, cost: formatDollars(cost) });
