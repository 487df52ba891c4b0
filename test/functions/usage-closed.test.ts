/** What `GET /usage` reads of closed hours, and how much of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TotalOf } from '../../lambdas/domain/ledger/ports.ts';
import { noSums, type Rollup } from '../../lambdas/domain/ledger/rollup.ts';
import { usageHandler } from '../../lambdas/functions/usage/handler.ts';
import { subjectReader } from '../../lambdas/store/hours.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { RETENTION, type TestLedger, testLedger } from '../support/ledger.ts';
import { recordedLog } from '../support/recorded-log.ts';

let ledger: TestLedger;

const ROUTE = 'GET /products/{name}';
const row = (changes: Partial<Rollup> & Pick<Rollup, 'hour'>): Rollup => ({
  ...{ sub: 'alice', clientId: 'web', route: ROUTE },
  ...{ ...noSums(), calls: 2, cost: 100, latencies: [0, 2] },
  ...changes,
});

/** Sums up an hour as the closing does. */
async function put(one: Rollup): Promise<void> {
  const { sub, clientId, tenant, hour, calls, cost } = one;
  const month = hour.slice(0, 7);
  const totals: TotalOf[] = [
    { of: 'everyone' },
    { of: 'client', clientId },
    tenant === undefined ? { of: 'no_tenant' } : { of: 'tenant', tenant },
  ];
  await ledger.rollups.put(one, 1);
  for (const whose of totals) await ledger.rollups.putTotal(whose, { ...noSums(), hour, calls, cost }, 1);
  await ledger.rollups.noteActive({ of: 'everyone' }, month, sub);
  await ledger.rollups.noteActive({ of: 'client', clientId }, month, sub);
  if (tenant === undefined) return;
  await ledger.rollups.noteActive({ of: 'tenant', tenant }, month, sub);
  await ledger.rollups.noteActive({ of: 'tenants' }, month, tenant);
}

/** An hour each of other months, so that each total is of one. */
const SUBJECTS = ['ann', 'bob', 'carol', 'dave', 'eve', 'frank', 'grace', 'heidi'];
const OLD = '2026-08-01T05';

beforeAll(async () => {
  ledger = await testLedger();
  for (const hour of ['2026-10-01T00', '2026-10-15T07', '2026-10-31T23', '2026-11-22T10']) {
    await put(row({ hour }));
  }
  await put(row({ hour: OLD }));
  for (const [index, sub] of SUBJECTS.entries()) {
    await put(row({ hour: `2026-09-0${index + 1}T12`, sub, clientId: 'app', tenant: `tenant-${sub}` }));
  }
  await put(row({ hour: '2026-09-09T12' }));
  await ledger.states.begin(NOW);
  await ledger.states.advance({ closed: '2026-11-22T10' });
  await ledger.book({ at: NOW - HOUR }, { at: NOW - 1 }, { at: NOW - 1, sub: 'bob' });
});
afterAll(() => ledger.end());
beforeEach(() => {
  ledger.table.takeOperations();
});

const get = (query: Record<string, string>, scopes: readonly string[] = ['read:usage:all']) => {
  const subjects = subjectReader(ledger.access);
  const ports = { hours: ledger.hours, subjects, rollups: ledger.rollups };
  const serve = usageHandler({ ...ports, clock: ledger.clock, log: recordedLog([]), retention: RETENTION });
  return serve(aliceRequest('GET /usage', { query }), { ...alice, scopes }, unmetered);
};
const report = async (query: Record<string, string>) => {
  const answer = await get(query);
  expect(answer.statusCode, answer.body).toBe(200);
  return JSON.parse(answer.body ?? '');
};
const reads = () => {
  const operations = ledger.table.takeOperations();
  return { queries: operations.filter((name) => name === 'Query').length, all: operations.length };
};

const OCTOBER = { from: '2026-10-01', to: '2026-10-31' };
const SEPTEMBER = { from: '2026-09-01', to: '2026-09-30' };

describe('a report of closed hours', () => {
  it('reads how far they are closed, and one query a month: not eight an hour', async () => {
    expect((await report(OCTOBER)).total).toMatchObject({ calls: 6, cost_micro_dollars: 300 });
    expect(reads()).toEqual({ queries: 1, all: 2 });
    expect((await report({ from: '2025-11-22', to: '2026-11-21', groupBy: 'route' })).rows).toMatchObject([
      { user: 'alice', endpoint: ROUTE, calls: 10 },
    ]);
    expect(reads()).toEqual({ queries: 13, all: 14 });
  });

  it('has the open hours as well, by eight queries each', async () => {
    const { rows, total } = await report({ from: '2026-10-23', to: '2026-11-22' });
    expect(rows).toMatchObject([
      { endpoint: ROUTE, date: '2026-10-31', calls: 2 },
      { endpoint: ROUTE, date: '2026-11-22', calls: 2 },
      { endpoint: 'GET /protected-resource', date: '2026-11-22', calls: 2 },
    ]);
    expect(total.calls).toBe(6);
    expect(reads()).toEqual({ queries: 2 + 2 * 8, all: 19 });
  });

  it('needs no records of them that have expired', async () => {
    const whole = { from: '2026-08-01T05:00:00Z', to: '2026-08-01T06:00:00Z' };
    expect((await report({ ...whole, groupBy: 'hour' })).rows).toMatchObject([{ date: OLD, calls: 2 }]);
  });

  it('has of an hour that is asked for in part its records, while they are kept', async () => {
    await ledger.book({ at: Date.UTC(2026, 9, 15, 7, 10) }, { at: Date.UTC(2026, 9, 15, 7, 40) });
    const { total } = await report({ from: '2026-10-01T00:00:00Z', to: '2026-10-15T07:30:00Z' });
    expect(total.calls).toBe(3);
  });
});

describe('a report of everyone', () => {
  const everyone = { ...SEPTEMBER, user: '*', groupBy: 'route' };

  it('reads the subjects of the page, and the totals', async () => {
    const { rows, total, next } = await report({ ...everyone, limit: '2' });
    expect(rows).toMatchObject([{ user: 'alice' }, { user: 'ann' }]);
    expect(total).toMatchObject({ calls: 18, cost_micro_dollars: 900 });
    // One total, one list, the two of the page, and one to see that there are more.
    expect(reads()).toEqual({ queries: 1 + 1 + 3, all: 6 });

    const second = await report({ ...everyone, limit: '2', cursor: next });
    expect(second.rows).toMatchObject([{ user: 'bob' }, { user: 'carol' }]);
    expect(second.total).toEqual(total);
    expect(reads()).toEqual({ queries: 1 + 1 + 3, all: 6 });
  });

  it('reads those of one client, or one tenant, by their own lists', async () => {
    const { client: _, ...none } = { ...SEPTEMBER, groupBy: 'route', client: 'app' };
    expect((await report({ ...none, client: 'app' })).rows).toHaveLength(SUBJECTS.length);
    // Four at first, and as many as can be missing.
    expect(reads().queries).toBe(1 + 1 + SUBJECTS.length);
    expect((await report({ ...none, tenant: 'tenant-bob' })).rows).toMatchObject([{ user: 'bob', calls: 2 }]);
    expect(reads().queries).toBe(3);
    expect(await report({ ...none, tenant: 'nobody' })).toMatchObject({ rows: [], total: { calls: 0 } });
    expect(await report({ ...none, client: 'nobody' })).toMatchObject({ rows: [], total: { calls: 0 } });
  });

  it('is told by tenant from their totals; those of none come first', async () => {
    const { rows, next } = await report({ ...SEPTEMBER, user: '*', groupBy: 'tenant', limit: '3' });
    expect(rows).toMatchObject([
      { tenant: null, calls: 2 },
      { tenant: 'tenant-ann', calls: 2 },
      { tenant: 'tenant-bob', calls: 2 },
    ]);
    expect(reads().queries).toBeLessThanOrEqual(1 + 1 + 1 + 4);
    const rest = await report({ ...SEPTEMBER, user: '*', groupBy: 'tenant', cursor: next });
    expect(rest.rows).toHaveLength(SUBJECTS.length - 2);
    expect(rest.next).toBeUndefined();
  });

  it('has one row for a tenant, and those of a client’s subjects', async () => {
    const tenant = await report({ ...SEPTEMBER, tenant: 'tenant-bob', groupBy: 'tenant' });
    expect(tenant.rows).toMatchObject([{ tenant: 'tenant-bob', calls: 2 }]);
    const client = await report({ ...SEPTEMBER, client: 'app', groupBy: 'tenant' });
    expect(client.rows).toHaveLength(SUBJECTS.length);
  });
});

describe('a report by token', () => {
  const jti = (at: number, last: string) => {
    const time = at.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${last.padStart(12, '0')}`;
  };
  const at = Date.UTC(2026, 9, 20, 6, 30);
  const tokens = ['1', '2', '3'].map((last, index) => jti(at + index, last));
  const range = { from: '2026-10-20', to: '2026-10-22', user: 'frank', groupBy: 'token' };

  beforeAll(async () => {
    for (const [index, token] of tokens.entries()) {
      const call = { sub: 'frank', jti: token };
      await ledger.book({ ...call, at: at + 1000 }, { ...call, at: at + (index + 3) * HOUR, status: 500 });
    }
    for (const hour of ['06', '09', '10', '11']) {
      await put(row({ hour: `2026-10-20T${hour}`, sub: 'frank', calls: hour === '06' ? 3 : 1 }));
    }
    // A day later nothing of these tokens can come any more.
    await put(row({ hour: '2026-10-22T09', sub: 'frank', calls: 1 }));
    await ledger.book({ sub: 'frank', jti: jti(at + 50 * HOUR, '4'), at: Date.UTC(2026, 9, 22, 9) });
    ledger.table.takeOperations();
  });

  it('has the tokens in their order, each with all its calls', async () => {
    const { rows, total } = await report(range);
    expect(rows).toMatchObject([
      ...tokens.map((token) => ({ user: 'frank', jti: token, calls: 2, errors: 1 })),
      { user: 'frank', calls: 1 },
    ]);
    expect(total.calls).toBe(7);
    expect(reads().queries).toBe(1 + 5 * 8);
  });

  it('is paged by them, and reads only hours in which the subject called and they could', async () => {
    const first = await report({ ...range, limit: '2' });
    expect(first.rows).toMatchObject(tokens.slice(0, 2).map((token) => ({ jti: token, calls: 2 })));
    expect(reads().queries).toBe(1 + 4 * 8);
    const second = await report({ ...range, limit: '1', cursor: first.next });
    expect(second.rows).toMatchObject([{ jti: tokens[2], calls: 2 }]);
    const last = await report({ ...range, cursor: second.next });
    expect(last.rows).toMatchObject([{ calls: 1 }]);
    expect(last.next).toBeUndefined();
  });

  it('is of everyone as well, subject by subject', async () => {
    const { user: _, ...all } = range;
    const { rows } = await report({ ...all, client: 'alice' });
    expect(rows).toEqual([]);
    const everyone = await report({ ...all, user: '*' });
    expect(everyone.rows).toHaveLength(4);
  });
});

describe('400', () => {
  it.each([
    [{ from: '2026-08-01T05:30:00Z', to: '2026-08-01T09:00:00Z' }, 'not_whole_hours'],
    [{ from: '2026-08-01T05:00:00Z', to: '2026-08-01T08:59:59Z' }, 'not_whole_hours'],
    [{ from: '2026-08-01T05:10:00Z', to: '2026-08-01T05:20:00Z' }, 'not_whole_hours'],
    [{ from: '2026-08-01', to: '2026-08-02', groupBy: 'token' }, 'records_expired'],
  ])('for %o, whose records are not kept any more: %s', async (query, code) => {
    const answer = await get(query);
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code });
  });
});

describe('403', () => {
  it.each([[{ user: '*' }], [{ user: 'bob' }], [{ client: 'alice' }], [{ tenant: 'acme' }]])(
    'for %o without read:usage:all, and nothing is read',
    async (query) => {
      const answer = await get(query, ['read:usage']);
      expect(answer.statusCode).toBe(403);
      expect(answer.headers?.['www-authenticate']).toBe(
        'Bearer error="insufficient_scope", scope="read:usage:all"',
      );
      expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'insufficient_scope' });
      expect(reads().all).toBe(0);
    },
  );

  it('not for one’s own calls by name', async () => {
    expect((await get({ user: 'alice' }, ['read:usage'])).statusCode).toBe(200);
  });
});
