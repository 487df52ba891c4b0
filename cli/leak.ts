/** `/admin/leaks` as `tollgate leak` uses it, and what it shows of the answer. */
import * as z from 'zod';
import { printable } from './failure.ts';
import { askOperator } from './operator.ts';
import { countOf, printReport, type Row } from './output.ts';
import { type Column, printTable } from './table.ts';
import type { Target } from './target.ts';

const time = z.string().nullable();
const text = z.string().optional();

const tokenShape = z.looseObject({
  ...{ jti: z.string(), sub: z.string(), grant_type: z.string() },
  ...{ issued_at: z.string(), expires_at: z.string() },
});

const reportShape = z.looseObject({
  ...{ tokens: z.number(), calls: z.number(), errors: z.number(), refused: z.number() },
  ...{ cost: z.string(), cost_micro_dollars: z.number(), complete: z.boolean() },
  ...{ first_used_at: time, last_used_at: time },
  source_ips: z.array(z.looseObject({ source_ip: z.string(), calls: z.number() })),
  newest: z.array(tokenShape),
  href: z.string(),
});

/** Loose, so that `--json` hands on what a newer server adds. */
const leakShape = z.looseObject({
  outcome: z.string(),
  ...{ kind: text, was: text, client_id: text, credential_id: text, session: text, jti: text },
  ...{ revoked_at: text, detail: text, report_unavailable: text },
  report: reportShape.nullable().optional(),
});

export type Leak = z.output<typeof leakShape>;

/** @throws {CommandFailure} */
export const reportLeak = async (
  target: Target,
  content: { secret: string; policy: string; source?: string; client_id?: string },
): Promise<Leak> =>
  (
    await askOperator(target, {
      ...({ method: 'POST', path: '/admin/leaks', shape: leakShape, content, help: 'leak' } as const),
      look: 'Report it again: to do so twice does no harm.',
      steps: {
        ledger_unavailable: 'Report it again at once, until it is done: not everything may be ended.',
        invalid_secret: 'Give the secret whole, as it was found.',
      },
    })
  ).body;

const TITLES: Readonly<Record<string, string>> = {
  revoked: 'It is ended, and its tokens are refused.',
  already_revoked: 'It was ended before.',
  reported: 'Nothing was changed: it is as good as it was.',
};

/** The details first, so that what became of it is what is seen last. @param again the options that name the target */
export function printLeak(leak: Leak, again: string): void {
  const client = printable(leak.client_id ?? '');
  if (leak.report) printDetails(leak.report);
  printReport({
    title: TITLES[leak.outcome] ?? printable(leak.outcome),
    rows: [...whatRows(leak), ...(leak.report ? reportRows(leak.report) : [])],
    notes: notesOf(leak),
    next:
      leak.outcome === 'reported'
        ? { does: 'End it', command: `npx tollgate leak ${again}` }
        : nextOf(leak, client, again),
  });
}

function printDetails({ newest, source_ips }: z.output<typeof reportShape>): void {
  if (newest.length > 0) printTable(TOKEN_COLUMNS, newest, '');
  if (newest.length > 0) process.stdout.write('\n');
  if (source_ips.length > 0) printTable(ADDRESS_COLUMNS, source_ips, '');
  if (source_ips.length > 0) process.stdout.write('\n');
}

const KINDS: Readonly<Record<string, string>> = {
  api_key: 'API key',
  client_secret: 'client secret',
  refresh_token: 'refresh token',
  access_token: 'access token',
};

const whatRows = ({ kind = '', was, client_id, credential_id, session, jti, revoked_at }: Leak): Row[] => [
  ['What', KINDS[kind] ?? printable(kind)],
  ['Client', client_id && printable(client_id)],
  ['Credential', credential_id && printable(credential_id)],
  ['Session', session && printable(session)],
  ['Token', jti && printable(jti)],
  ['It was', was && printable(was)],
  ['Ended', revoked_at && printable(revoked_at)],
];

const reportRows = (report: z.output<typeof reportShape>): Row[] => [
  ['Tokens', atLeast(report, report.tokens)],
  [
    'Calls',
    `${atLeast(report, report.calls)}, ${countOf(report.errors, 'error')}, ${report.refused} refused`,
  ],
  ['Cost', `${report.complete ? '' : 'at least '}$${printable(report.cost)}`],
  ['First used', report.first_used_at === null ? 'never' : printable(report.first_used_at)],
  ['Last used', report.last_used_at === null ? undefined : printable(report.last_used_at)],
];

const atLeast = ({ complete }: { complete: boolean }, count: number): string =>
  complete ? String(count) : `at least ${count}`;

function notesOf({ report, report_unavailable }: Leak): string[] {
  if (report_unavailable !== undefined) return [printable(report_unavailable)];
  if (!report || report.complete) return [];
  return [
    `There is more than one request can read: GET ${printable(report.href)} has all of it, page by page.`,
  ];
}

/** Whoever lost a credential needs another one; whoever lost a token logs in again by himself. */
function nextOf({ kind }: Leak, client: string, again: string): { does: string; command: string } {
  const isCredential = kind === 'api_key' || kind === 'client_secret';
  return isCredential
    ? {
        does: 'Give the client another one',
        command: `npx tollgate credentials add ${again} --client ${client} --kind ${kind}`,
      }
    : {
        does: 'End the tokens of the client altogether',
        command: `npx tollgate tokens revoke ${again} --client ${client}`,
      };
}

const ADDRESS_COLUMNS: readonly Column<{ source_ip: string; calls: number }>[] = [
  { head: 'Address', of: ({ source_ip }) => source_ip },
  { head: 'Calls', of: ({ calls }) => String(calls), align: 'right' },
];

const TOKEN_COLUMNS: readonly Column<z.output<typeof tokenShape>>[] = [
  { head: 'Newest tokens', of: ({ jti }) => jti },
  { head: 'Subject', of: ({ sub }) => sub, shrinks: true },
  {
    head: 'By',
    of: ({ grant_type }) => grant_type.replace(/^urn:ietf:params:oauth:grant-type:/, ''),
  },
  { head: 'Issued', of: ({ issued_at }) => issued_at },
  { head: 'Expires', of: ({ expires_at }) => expires_at },
];
