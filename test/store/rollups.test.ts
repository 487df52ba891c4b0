/** What closed hours amounted to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activity, HourTotal, TotalOf } from '../../lambdas/domain/ledger/ports.ts';
import { noSums, type Rollup } from '../../lambdas/domain/ledger/rollup.ts';
import { rollupReader, rollupWriter } from '../../lambdas/store/rollups.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { listOf } from '../support/list-of.ts';

let table: TestTable;
let rollups: ReturnType<typeof rollupReader> & ReturnType<typeof rollupWriter>;
beforeAll(async () => {
  table = await createTestTable();
  const access = { client: table.client, table: table.name };
  rollups = { ...rollupReader(access), ...rollupWriter(access) };
});
afterAll(() => table.close());

const MONTH = '2026-11';
const row = (changes: Partial<Rollup> = {}): Rollup => ({
  ...{ hour: '2026-11-22T10', sub: 'alice', clientId: 'app', route: 'GET /x' },
  ...{ ...noSums(), calls: 1, cost: 10, latencies: [0, 1] },
  ...changes,
});
const rowsOf = (sub: string, from: string, to: string) => listOf(rollups.rollupsOf(sub, MONTH, { from, to }));

describe('a row', () => {
  it('overwrites itself in a run and in later ones, and is left alone by earlier ones', async () => {
    const all = () => rowsOf('over', '2026-11-22T10', '2026-11-22T10');
    expect(await rollups.put(row({ sub: 'over' }), 5)).toBe('written');
    expect(await rollups.put(row({ sub: 'over', calls: 2 }), 5)).toBe('written');
    expect(await rollups.put(row({ sub: 'over', calls: 3 }), 6)).toBe('written');
    expect(await rollups.put(row({ sub: 'over', calls: 1 }), 5)).toBe('superseded');
    expect(await all()).toEqual([row({ sub: 'over', calls: 3 })]);
  });

  it('is one of its own for each hour, route, client and tenant; no id mixes them up', async () => {
    const rows = [
      row({ sub: 's#1', clientId: 'a', tenant: 'b' }),
      row({ sub: 's#1', clientId: 'a#b' }),
      row({ sub: 's#1', clientId: 'a%23b' }),
      row({ sub: 's#1', clientId: 'a' }),
      row({ sub: 's#1', clientId: 'a', tenant: '' }),
      row({ sub: 's#1', clientId: 'a', route: 'GET /x#a' }),
    ];
    for (const one of rows) await rollups.put(one, 1);
    expect(await rowsOf('s#1', '2026-11-22T10', '2026-11-22T10')).toHaveLength(rows.length);
    expect(await rowsOf('s', '2026-11-22T10', '2026-11-22T10')).toEqual([]);
  });

  it('is found from the first hour to the last, both included, in order', async () => {
    const hours = ['2026-11-01T00', '2026-11-22T09', '2026-11-22T10', '2026-11-22T11', '2026-11-30T23'];
    for (const hour of hours.toReversed()) await rollups.put(row({ sub: 'range', hour }), 1);
    const found = await rowsOf('range', '2026-11-22T09', '2026-11-22T11');
    expect(found.map(({ hour }) => hour)).toEqual(hours.slice(1, 4));
    expect(await rowsOf('range', MONTH, '2026-11-30T23')).toHaveLength(5);
  });
});

describe('a total', () => {
  const total = (hour: string, calls: number): HourTotal => ({ hour, ...noSums(), calls });
  const whose: TotalOf[] = [
    { of: 'everyone' },
    { of: 'client', clientId: 'everyone' },
    { of: 'tenant', tenant: 'everyone' },
    { of: 'no_tenant' },
  ];

  it('is one of its own for everyone, each client, each tenant and no tenant', async () => {
    for (const [calls, one] of whose.entries()) await rollups.putTotal(one, total('2026-11-22T10', calls), 1);
    for (const [calls, one] of whose.entries()) {
      const found = rollups.totalsOf(one, MONTH, { from: '2026-11-22T10', to: '2026-11-22T10' });
      expect(await listOf(found)).toEqual([total('2026-11-22T10', calls)]);
    }
  });

  it('overwrites itself, and is left alone by earlier runs', async () => {
    const everyone = { of: 'everyone' } as const;
    expect(await rollups.putTotal(everyone, total('2026-11-23T00', 1), 2)).toBe('written');
    expect(await rollups.putTotal(everyone, total('2026-11-23T00', 0), 1)).toBe('superseded');
    const found = rollups.totalsOf(everyone, MONTH, { from: '2026-11-23T00', to: '2026-11-23T01' });
    expect(await listOf(found)).toEqual([total('2026-11-23T00', 1)]);
  });
});

describe('who was active', () => {
  const active = (activity: Activity, after?: string) => listOf(rollups.active(activity, MONTH, after));

  it('is listed once, in the order of the encoded names, after one of them where asked for', async () => {
    const everyone = { of: 'everyone' } as const;
    for (const member of ['b', 'é', 'a#b', 'a', 'b', '😀', '~'])
      await rollups.noteActive(everyone, MONTH, member);
    const all = ['é', '😀', 'a', 'a#b', 'b', '~'];
    expect(await active(everyone)).toEqual(all);
    expect(await active(everyone, 'a')).toEqual(all.slice(3));
    expect(await active(everyone, 'a b')).toEqual(all.slice(3));
    expect(await active(everyone, '~')).toEqual([]);
  });

  it('is kept apart by client, tenant and month', async () => {
    await rollups.noteActive({ of: 'client', clientId: 'x' }, MONTH, 'alice');
    expect(await active({ of: 'client', clientId: 'x' })).toEqual(['alice']);
    expect(await active({ of: 'tenant', tenant: 'x' })).toEqual([]);
    expect(await listOf(rollups.active({ of: 'client', clientId: 'x' }, '2026-12'))).toEqual([]);
  });
});

describe('how far hours are closed', () => {
  it('is nothing before the first run', async () => {
    expect(await rollups.state()).toEqual({ generation: 0 });
  });
});
