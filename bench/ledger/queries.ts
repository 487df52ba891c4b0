/** What the questions about a whole month read. */

import { priceBook } from '../../lambdas/domain/ledger/price.ts';
import { parseMonth } from '../../lambdas/domain/ledger/statement.ts';
import { compile } from '../../lambdas/functions/statements/compile.ts';
import { ALLOWANCE } from '../../lambdas/functions/usage/allowance.ts';
import { usageHandler } from '../../lambdas/functions/usage/handler.ts';
import { createMeter } from '../../lambdas/http/meter.ts';
import { lateHours } from '../../lambdas/store/closings.ts';
import { hourReader, subjectReader } from '../../lambdas/store/hours.ts';
import { rollupReader } from '../../lambdas/store/rollups.ts';
import { alice, aliceRequest } from '../../test/support/caller.ts';
import type { Row } from '../rates.ts';
import { RETENTION } from './bulk.ts';
import type { Month } from './calls.ts';
import type { Counts, Metered } from './engine.ts';
import { priceOf } from './prices.ts';

/** @param metered a table in which the month is closed */
export async function benchQueries(metered: Metered, month: Month): Promise<Row[]> {
  const [most, least] = ['client-0000', `client-${String(month.clients - 1).padStart(4, '0')}`];
  const asked: [string, () => Promise<number>][] = [
    ['`GET /usage` of the client that calls most, by day', () => report(metered, month, { user: most })],
    ['… by hour', () => report(metered, month, { user: most, groupBy: 'hour' })],
    ['… of the client that calls least, by day', () => report(metered, month, { user: least })],
    [
      '… of a tenant of ten clients, by route',
      () => report(metered, month, { tenant: 'tenant-000', groupBy: 'route' }),
    ],
    ['… of everybody, by tenant', () => report(metered, month, { user: '*', groupBy: 'tenant' })],
    ['the statement of the client that calls most', () => statement(metered, month, most)],
  ];
  const rows: Row[] = [];
  for (const [what, ask] of asked) {
    metered.take();
    const calls = await ask();
    rows.push({ 'of a month': what, 'calls in it': calls.toLocaleString('en'), ...told(metered.take()) });
  }
  return rows;
}

const told = ({ requests, readUnits }: Counts): Row => ({
  ...{ requests, 'read units': readUnits },
  dollars: priceOf({ readUnits }).toFixed(6),
});

async function report(metered: Metered, month: Month, parameters: Record<string, string>): Promise<number> {
  const handler = usageHandler({
    ...{ hours: hourReader(metered), subjects: subjectReader(metered), rollups: rollupReader(metered) },
    ...{ allowance: ALLOWANCE },
    ...{ clock: () => endOf(month) + 2 * 24 * 3600_000, retention: RETENTION },
    log: { info: none, warn: none, error: none, unbooked: none, count: none, measure: none },
  });
  const { meter } = createMeter(priceBook(0));
  const caller = { ...alice, scopes: ['read:usage:all'] };
  for (let cursor: string | undefined; ; ) {
    const query = {
      ...{ from: `${month.name}-01T00:00:00Z`, to: new Date(endOf(month)).toISOString(), limit: '10000' },
      ...{ ...parameters, ...(cursor !== undefined && { cursor }) },
    };
    const { statusCode, body = '' } = await handler(aliceRequest('GET /usage', { query }), caller, meter);
    if (statusCode !== 200) throw new Error(`no report: ${body}`);
    const page = JSON.parse(body) as { total: { calls: number }; next?: string };
    cursor = page.next;
    if (cursor === undefined) return page.total.calls;
  }
}

const none = () => undefined;

const endOf = (month: Month): number => parseMonth(month.name)?.to ?? 0;

async function statement(metered: Metered, { name }: Month, clientId: string): Promise<number> {
  const month = parseMonth(name);
  if (month === undefined) throw new Error(`${name} is no month`);
  const link = { seq: 1, generation: 1, hour: month.hours.to, digest: '', records: 0, cost: 0 };
  const last = { ...link, previous: '', hash: '', at: 0 };
  const compiled = await compile(
    {
      ...{ rollups: rollupReader(metered), late: lateHours(metered) },
      // The hours were not closed one by one here, so there is no chain; reading its end takes three requests each time.
      chain: { head: async () => last, linkOf: async () => last, links: async function* () {} },
      ...{ clock: () => month.to + 2 * 24 * 3600_000, issuer: 'https://issuer.example' },
    },
    clientId,
    month,
  );
  if (compiled.kind !== 'statement') throw new Error(`no statement: ${compiled.kind}`);
  return compiled.claims.total.calls;
}
