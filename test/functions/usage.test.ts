import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { usageHandler } from '../../lambdas/functions/usage/handler.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { hourReader, subjectReader } from '../../lambdas/store/hours.ts';
import { usageWriter } from '../../lambdas/store/ledger.ts';
import { rollupReader } from '../../lambdas/store/rollups.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import { DAY, HOUR, MINUTE, NOW, testClock } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { ledgerInMemory } from '../support/ledger-in-memory.ts';
import { captureOutput } from '../support/output.ts';

const RETENTION = (90 * DAY) / 1000;

let table: TestTable;
const output = captureOutput();

const record = (changes: Partial<UsageRecord>): UsageRecord => ({
  requestId: `request-${changes.at}-${changes.route}`,
  at: NOW - MINUTE,
  sub: 'alice',
  clientId: 'alice',
  credentialId: 'password',
  jti: 'jti-1',
  txn: 'txn-1',
  route: 'GET /products/{name}',
  status: 200,
  outcome: 'admitted',
  price: 50,
  latency: 3,
  sourceIp: '203.0.113.7',
  ...changes,
});

const HEADER = 'User,API endpoint,Date,Calls,Cost,Errors,Refused,Tenant,Token,p50 ms,p95 ms,p99 ms,Client';

const MIDNIGHT = NOW - 12 * HOUR;
const booked = [
  record({ at: NOW - MINUTE }),
  record({ at: NOW - HOUR }),
  record({ at: NOW - HOUR, route: 'POST /products', price: 200 }),
  record({ at: NOW - HOUR, requestId: 'refused', outcome: 'refused', status: 403, price: 0 }),
  record({ at: MIDNIGHT }),
  record({ at: MIDNIGHT - 1 }),
  record({ at: MIDNIGHT - DAY }),
  record({ at: NOW + 1 }),
  record({ at: NOW - MINUTE, sub: 'alice2' }),
];

beforeAll(async () => {
  table = await createTestTable();
  const writer = usageWriter({ client: table.client, table: table.name, retention: RETENTION });
  for (const one of booked) await writer.append(one);
});
afterAll(() => table.close());

const handler = () => {
  const ledger = { client: table.client, table: table.name };
  return usageHandler({
    ...{ hours: hourReader(ledger), subjects: subjectReader(ledger), rollups: rollupReader(ledger) },
    ...{ clock: testClock(), log: createLog('usage-test'), retention: RETENTION },
  });
};

const get = (query: Record<string, string> = {}, serve = handler()) =>
  serve(aliceRequest('GET /usage', { query }), alice, unmetered);

const reportOf = async (query: Record<string, string> = {}) => JSON.parse((await get(query)).body ?? '');

describe('200', () => {
  it('has today’s calls of the caller alone, by endpoint and date; a refused call counts and costs nothing', async () => {
    expect(await reportOf()).toEqual({
      from: '2026-11-22T00:00:00.000Z',
      to: '2026-11-22T12:00:00.000Z',
      currency: 'USD',
      rows: [
        {
          user: 'alice',
          endpoint: 'GET /products/{name}',
          date: '2026-11-22',
          ...{ calls: 4, errors: 0, refused: 1 },
          cost_micro_dollars: 150,
          cost: '0.000150',
          latency_ms: { p50: 3, p95: 3, p99: 3 },
        },
        {
          user: 'alice',
          endpoint: 'POST /products',
          date: '2026-11-22',
          ...{ calls: 1, errors: 0, refused: 0 },
          cost_micro_dollars: 200,
          cost: '0.000200',
          latency_ms: { p50: 3, p95: 3, p99: 3 },
        },
      ],
      total: {
        ...{ calls: 5, errors: 0, refused: 1, cost_micro_dollars: 350, cost: '0.000350' },
        latency_ms: { p50: 3, p95: 3, p99: 3 },
      },
    });
  });

  it('takes a date as through its end', async () => {
    const report = await reportOf({ from: '2026-11-21', to: '2026-11-21' });
    expect(report.rows).toMatchObject([{ date: '2026-11-21', calls: 2 }]);
    expect(report.to).toBe('2026-11-22T00:00:00.000Z');
  });

  it('takes a date-time as up to it, to the millisecond, in any offset', async () => {
    const at = async (from: string, to: string) => (await reportOf({ from, to })).total.calls;
    expect(await at('2026-11-21T23:59:59.999Z', '2026-11-22T00:00:00Z')).toBe(1);
    expect(await at('2026-11-22T00:00:00Z', '2026-11-22T00:00:00.001Z')).toBe(1);
    expect(await at('2026-11-22T01:00:00+01:00', '2026-11-22T02:00:00+01:00')).toBe(1);
    expect(await at('2026-11-22T00:00:00Z', '2026-11-22T00:00:00Z')).toBe(0);
  });

  it('has several days at once', async () => {
    const report = await reportOf({ from: '2026-11-20', to: '2026-11-22' });
    expect(report.total.calls).toBe(8);
  });

  it('is empty before anything was kept and after now, without a query', async () => {
    table.takeOperations();
    expect((await reportOf({ from: '2020-01-01', to: '2020-01-05' })).rows).toEqual([]);
    expect((await reportOf({ from: '2030-01-01', to: '2030-01-05' })).rows).toEqual([]);
    expect(table.takeOperations()).toEqual(['GetItem', 'GetItem']);
  });

  it('is CSV where that is asked for', async () => {
    const answer = await get({ format: 'csv' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="usage.csv"',
      'cache-control': 'no-store',
    });
    expect(answer.body).toBe(
      [
        HEADER,
        'alice,GET /products/{name},2026-11-22,4,0.000150,0,1,,,3,3,3,',
        'alice,POST /products,2026-11-22,1,0.000200,0,0,,,3,3,3,',
        '',
      ].join('\r\n'),
    );
  });

  it('is a CSV of its header alone where there was no call', async () => {
    const answer = await get({ format: 'csv', from: '2020-01-01', to: '2020-01-01' });
    expect(answer.body).toBe(`${HEADER}\r\n`);
  });
});

describe('400', () => {
  it.each([
    [{ from: '' }, 'invalid_from'],
    [{ from: 'yesterday' }, 'invalid_from'],
    [{ from: '2026-02-30' }, 'invalid_from'],
    [{ from: '2026-11-1' }, 'invalid_from'],
    [{ from: '2026-11-22,2026-11-22' }, 'invalid_from'],
    [{ from: '2026-11-22T25:00:00Z' }, 'invalid_from'],
    [{ from: '2026-11-22T10:00:00' }, 'invalid_from'],
    [{ from: '1969-12-31' }, 'invalid_from'],
    [{ from: '9'.repeat(5000) }, 'invalid_from'],
    [{ to: '2026-13-01' }, 'invalid_to'],
    [{ to: '1795348800000' }, 'invalid_to'],
    [{ from: '2026-11-20', to: '2026-11-21T00:00:00Z' }, 'invalid_to'],
    [{ from: '2026-11-22', to: '2026-11-21' }, 'range_reversed'],
    [{ from: '2026-11-23' }, 'range_reversed'],
    [{ from: '2025-11-21', to: '2026-11-22' }, 'range_too_long'],
    [{ from: '2025-01-01', groupBy: 'route' }, 'range_too_long'],
    [{ from: '2026-10-22', to: '2026-11-22', groupBy: 'hour' }, 'range_too_long'],
    [{ from: '2026-10-22', to: '2026-11-22', groupBy: 'token' }, 'range_too_long'],
    [{ groupBy: 'week' }, 'invalid_group_by'],
    [{ groupBy: '' }, 'invalid_group_by'],
    [{ groupBy: 'day,hour' }, 'invalid_group_by'],
    [{ limit: '0' }, 'invalid_limit'],
    [{ limit: '10001' }, 'invalid_limit'],
    [{ limit: '1e3' }, 'invalid_limit'],
    [{ limit: '-1' }, 'invalid_limit'],
    [{ limit: '' }, 'invalid_limit'],
    [{ user: '' }, 'invalid_whose'],
    [{ user: '\ud800' }, 'invalid_whose'],
    [{ tenant: 'x'.repeat(1024) }, 'invalid_whose'],
    [{ user: '*', client: 'web' }, 'invalid_whose'],
    [{ cursor: '' }, 'invalid_cursor'],
    [{ cursor: 'e30' }, 'invalid_cursor'],
    [{ format: 'xml' }, 'invalid_format'],
    [{ format: 'csv,json' }, 'invalid_format'],
    [{ format: '' }, 'invalid_format'],
    [{ sub: 'bob' }, 'unknown_parameter'],
    [{ From: '2026-11-22' }, 'unknown_parameter'],
    [JSON.parse('{"__proto__": "x"}'), 'unknown_parameter'],
  ])('for %o: %s, without a read', async (query, code) => {
    table.takeOperations();
    const answer = await get(query);
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ status: 400, code });
    expect(table.takeOperations()).toEqual([]);
  });
});

describe('503', () => {
  it('where the ledger cannot be read', async () => {
    const state = () => Promise.reject(new StoreUnavailable('reading how far hours are closed failed'));
    const ledger = ledgerInMemory([]);
    const ports = { ...ledger, rollups: { ...ledger.rollups, state } };
    const log = createLog('usage-test');
    const answer = await get({}, usageHandler({ ...ports, clock: testClock(), log, retention: RETENTION }));
    expect(answer.statusCode).toBe(503);
    expect(answer.headers?.['retry-after']).toBe('1');
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'ledger_unavailable' });
    expect(output.text()).toContain('usage not read');
  });
});
