/** What `GET /usage` says, in every grouping and of everybody, against the records. */
import { groupings } from '../../../lambdas/domain/ledger/grouping.ts';
import { priceBook } from '../../../lambdas/domain/ledger/price.ts';
import type { UsageRecord } from '../../../lambdas/domain/usage.ts';
import { ALLOWANCE } from '../../../lambdas/functions/usage/allowance.ts';
import { usageHandler } from '../../../lambdas/functions/usage/handler.ts';
import { createMeter } from '../../../lambdas/http/meter.ts';
import { hourReader, subjectReader } from '../../../lambdas/store/hours.ts';
import { rollupReader } from '../../../lambdas/store/rollups.ts';
import { alice, aliceRequest } from '../../support/caller.ts';
import { type Books, listening, RETENTION, undisturbed } from './books.ts';
import { type Counted, expectSums, valuesOf } from './sums.ts';

type Parameters = Record<string, string>;

/**
 * Of everybody, of one user, one client and one tenant: others, and in another grouping, from schedule to schedule.
 *
 * @param records all that there are
 * @throws where a report says something else
 */
export async function auditUsage(books: Books, records: readonly UsageRecord[]): Promise<void> {
  const turn = records.length;
  const by = (shift: number) => ({ groupBy: groupings[(turn + shift) % groupings.length] ?? 'day' });
  await auditReport(books, records, { user: '*', ...by(0) });
  const sub = oneOf(valuesOf(records, 'sub'), turn);
  const theirs = records.filter((record) => record.sub === sub);
  // In small pages: how a report goes on is told by a cursor.
  await auditReport(books, theirs, { user: sub ?? 'nobody', ...by(1), limit: '2' });
  const client = oneOf(valuesOf(records, 'clientId'), turn) ?? 'nobody';
  const ofClient = records.filter(({ clientId }) => clientId === client);
  await auditReport(books, ofClient, { client, ...by(2) });
  const tenant = oneOf(valuesOf(records, 'tenant'), turn) ?? 'nobody';
  const ofTenant = records.filter((record) => record.tenant === tenant);
  await auditReport(books, ofTenant, { tenant, ...by(3) });
}

const oneOf = (values: readonly string[], turn: number): string | undefined => values[turn % values.length];

async function auditReport(books: Books, records: readonly UsageRecord[], asked: Parameters): Promise<void> {
  const rows: Counted[] = [];
  const what = JSON.stringify(asked);
  for (let cursor: string | undefined, page = 1; ; page++) {
    const body = await ask(books, { ...asked, ...(cursor !== undefined && { cursor }) });
    rows.push(...body.rows.map(counted));
    expectSums(records, [counted(body.total)], `the total of page ${page} of ${what}`);
    cursor = body.next;
    if (cursor === undefined) break;
  }
  expectSums(records, rows, `the rows of ${what}`);
}

interface Figures extends Omit<Counted, 'cost'> {
  cost_micro_dollars: number;
}

const counted = ({ cost_micro_dollars: cost, ...figures }: Figures): Counted => ({ ...figures, cost });

async function ask(books: Books, parameters: Parameters) {
  const ledger = undisturbed(books);
  const handler = usageHandler({
    ...{ hours: hourReader(ledger), subjects: subjectReader(ledger), rollups: rollupReader(ledger) },
    ...{ allowance: ALLOWANCE, clock: () => books.now, log: listening(books), retention: RETENTION },
  });
  const query = { from: '2026-11-30T22:00:00Z', to: '2026-12-01T01:00:00Z', ...parameters };
  const caller = { ...alice, scopes: ['read:usage:all'] };
  const { meter } = createMeter(priceBook(0));
  const { statusCode, body = '' } = await handler(aliceRequest('GET /usage', { query }), caller, meter);
  if (statusCode !== 200) throw new Error(`no report: ${body}`);
  return JSON.parse(body) as { rows: Figures[]; total: Figures; next?: string };
}
