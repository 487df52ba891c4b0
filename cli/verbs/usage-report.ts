/** `tollgate usage report`: who called what, and what it cost (`GET /admin/usage`). */
import type { Command } from 'commander';
import { printable } from '../failure.ts';
import { count, withJson } from '../options.ts';
import { countOf, printJson, progress } from '../output.ts';
import { pagesOf } from '../pages.ts';
import { type Column, printTable } from '../table.ts';
import { findTarget, sameTarget, type Target, type TargetOptions } from '../target.ts';
import {
  PATH,
  pageShape,
  queryOf,
  type ReportOptions,
  type ReportPage,
  type ReportRow,
  STEPS,
  withReport,
} from '../usage/report.ts';

/** Adds the verb to `tollgate usage`. */
export function addUsageReport(usage: Command): void {
  const verb = usage.command('report').description('who called what, and what it cost; of today by default');
  withJson(withReport(verb).option('--limit <rows>', 'no more rows than these; all by default', count))
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => report(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Rows come in the order of their columns; the total is that of the whole period, whatever --limit says.
Refused calls and failures of the server cost nothing.

Examples:
  $ npx tollgate usage report --local
  $ npx tollgate usage report --stack Tollgate-dev --group-by route --from 2026-11-01 --to 2026-11-22
  $ npx tollgate usage report --stack Tollgate-dev --group-by client --from 2026-11-01
  $ npx tollgate usage report --stack Tollgate-dev --group-by token --client reader --json`;

interface Options extends TargetOptions, ReportOptions {
  limit?: number;
  json?: boolean;
}

async function report(options: Options): Promise<void> {
  const query = queryOf(options, Math.min(options.limit ?? PAGE, PAGE));
  const target = await findTarget(options);
  const { page, rows, isCut } = await readAll(target, query, options.limit);
  if (options.json) return printJson({ ...page, rows });
  process.stdout.write(`${printable(page.from)} to ${printable(page.to)}\n\n`);
  printTable(COLUMNS, rows, 'Nothing was called.');
  if (rows.length === 0) return;
  const { calls, errors, refused, cost } = page.total;
  const facts = [countOf(calls, 'call'), countOf(errors, 'error'), `${refused} refused`];
  process.stdout.write(`\nTotal: ${facts.join(', ')}, $${printable(cost)}\n`);
  if (!isCut) return;
  const all = `npx tollgate usage export ${sameTarget(options)} --out usage.csv`;
  process.stdout.write(`\nThere are more rows: raise --limit, or write all of them to a file:\n\n  ${all}\n`);
}

/** Rows of a page. */
const PAGE = 1_000;

interface AllRead {
  /** Of whichever page: what is the same on all of them. */
  page: ReportPage;
  rows: ReportRow[];
  isCut: boolean;
}

async function readAll(
  target: Target,
  query: Record<string, string>,
  most = Number.POSITIVE_INFINITY,
): Promise<AllRead> {
  const step = progress();
  const rows: ReportRow[] = [];
  let last: ReportPage | undefined;
  try {
    const walk = { path: PATH, query, shape: pageShape, help: 'usage report', steps: STEPS };
    for await (const { body } of pagesOf(target, walk)) {
      last = body;
      rows.push(...body.rows);
      if (rows.length >= most) break;
      step(`Reading rows: ${rows.length} …`);
    }
  } finally {
    step();
  }
  if (last === undefined) throw new Error('a walk without a page');
  const isCut = last.next !== undefined || rows.length > most;
  delete last.next;
  return { page: last, rows: rows.slice(0, most), isCut };
}

const COLUMNS: readonly Column<ReportRow>[] = [
  { head: 'User', of: ({ user }) => user, shrinks: true },
  { head: 'Endpoint', of: ({ endpoint }) => endpoint, shrinks: true },
  { head: 'Date', of: ({ date }) => date },
  { head: 'Client', of: ({ client }) => client },
  { head: 'Tenant', of: ({ tenant }) => (tenant === null ? '(none)' : tenant) },
  { head: 'Token', of: ({ jti }) => jti },
  { head: 'Calls', of: ({ calls }) => String(calls), align: 'right' },
  { head: 'Errors', of: ({ errors }) => String(errors), align: 'right' },
  { head: 'Refused', of: ({ refused }) => String(refused), align: 'right' },
  { head: 'Cost', of: ({ cost }) => `$${cost}`, align: 'right' },
  { head: 'p95 ms', of: ({ latency_ms: latency }) => latency && String(latency.p95), align: 'right' },
];
