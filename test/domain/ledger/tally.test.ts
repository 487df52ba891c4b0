import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Activity, TotalOf } from '../../../lambdas/domain/ledger/ports.ts';
import {
  addRecord,
  addSums,
  noSums,
  type RollupGroup,
  type Sums,
} from '../../../lambdas/domain/ledger/rollup.ts';
import { type HourEntry, hourTally } from '../../../lambdas/domain/ledger/tally.ts';
import type { UsageRecord } from '../../../lambdas/domain/usage.ts';
import { NOW } from '../../support/clock.ts';
import { usageRecord } from '../../support/ledger.ts';

const HOUR = '2026-11-22T12';

function entriesOf(records: readonly UsageRecord[]): HourEntry[] {
  const tally = hourTally(HOUR);
  return [...records.flatMap((record) => tally.add(record)), ...tally.end()];
}

const call = (changes: Partial<UsageRecord>) => usageRecord({ at: NOW, ...changes });

describe('the sums of an hour', () => {
  it('are a row for each subject, client, tenant and route, complete when the next subject begins', () => {
    const tally = hourTally(HOUR);
    expect(tally.add(call({ sub: 'alice', price: 10, latency: 1, bytesOut: 7 }))).toEqual([]);
    expect(tally.add(call({ sub: 'alice', price: 0, status: 401, outcome: 'refused', latency: 2 }))).toEqual(
      [],
    );
    expect(tally.add(call({ sub: 'alice', price: 0, status: 503, latency: 2 }))).toEqual([]);
    const done = tally.add(call({ sub: 'bob' }));
    expect(done[0]).toEqual({
      kind: 'row',
      row: {
        ...{ hour: HOUR, sub: 'alice', clientId: 'alice', route: 'GET /protected-resource' },
        ...{ calls: 3, errors: 1, refused: 1, cost: 10, bytesOut: 7, latencies: [1, 2] },
      },
    });
    expect(done.slice(1)).toEqual([
      { kind: 'active', activity: { of: 'everyone' }, month: '2026-11', member: 'alice' },
      { kind: 'active', activity: { of: 'client', clientId: 'alice' }, month: '2026-11', member: 'alice' },
    ]);
  });

  it('of no record are the total of everyone, which is nothing', () => {
    expect(entriesOf([])).toEqual([
      { kind: 'total', whose: { of: 'everyone' }, total: { hour: HOUR, ...noSums() } },
    ]);
  });

  it('keep apart what a separator in an id could mix up, and no tenant from one that is empty', () => {
    const records = [
      call({ sub: 'a', clientId: 'b","c', tenant: 'd' }),
      call({ sub: 'a', clientId: 'b', tenant: 'c","d' }),
      call({ sub: 'a', clientId: 'b', tenant: '' }),
      call({ sub: 'a', clientId: 'b' }),
    ];
    expect(entriesOf(records).filter(({ kind }) => kind === 'row')).toHaveLength(4);
  });

  it('add up: rows, clients and tenants are each the sum of their records, for all records', () => {
    const some = (...values: string[]) => fc.constantFrom(...values);
    const record = fc
      .record({
        sub: some('a', 'b', 'b#', '%23'),
        clientId: some('c', 'd'),
        tenant: some('', 't', 'u', 'none'),
        route: some('GET /x', 'POST /x'),
        ...{ price: fc.nat(1_000_000), latency: fc.nat(40_000), bytesOut: fc.nat(9_999) },
        ...{ status: fc.constantFrom(200, 404, 500, 503), refused: fc.boolean() },
      })
      .map(({ refused, tenant, ...rest }) =>
        call({
          ...{ ...rest, outcome: refused ? 'refused' : 'admitted' },
          ...(tenant !== 'none' && { tenant }),
        }),
      );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (records) => {
        const sorted = records.toSorted((one, other) =>
          one.sub < other.sub ? -1 : Number(one.sub > other.sub),
        );
        const entries = entriesOf(sorted);
        const rows = entries.flatMap((entry) => (entry.kind === 'row' ? [entry.row] : []));
        for (const row of rows) expect(only(row)).toEqual(sumOf(records, inRow(row)));
        expect(sumsOf(rows)).toEqual(sumOf(records, () => true));
        for (const entry of entries) {
          if (entry.kind === 'total') {
            expect(only(entry.total)).toEqual(sumOf(records, inTotal(entry.whose)));
          }
        }
        expect(activeIn(entries, { of: 'everyone' })).toEqual(distinct(records.map(({ sub }) => sub)));
        expect(activeIn(entries, { of: 'clients' })).toEqual(
          distinct(records.map(({ clientId }) => clientId)),
        );
        expect(activeIn(entries, { of: 'tenants' })).toEqual(
          distinct(records.flatMap(({ tenant }) => tenant ?? [])),
        );
        const ofD = records.filter(({ clientId }) => clientId === 'd').map(({ sub }) => sub);
        expect(activeIn(entries, { of: 'client', clientId: 'd' })).toEqual(distinct(ofD));
      }),
      { numRuns: 100 },
    );
  });
});

const only = ({ calls, errors, refused, cost, bytesOut, latencies }: Sums): Sums => ({
  ...{ calls, errors, refused, cost, bytesOut, latencies },
});

function sumOf(records: readonly UsageRecord[], fits: (record: UsageRecord) => boolean): Sums {
  const sums = noSums();
  for (const record of records.filter(fits)) addRecord(sums, record);
  return sums;
}

const inRow =
  (row: RollupGroup) =>
  ({ sub, clientId, tenant, route }: UsageRecord) =>
    sub === row.sub && clientId === row.clientId && tenant === row.tenant && route === row.route;

const inTotal =
  (whose: TotalOf) =>
  ({ clientId, tenant }: UsageRecord): boolean => {
    if (whose.of === 'client') return clientId === whose.clientId;
    if (whose.of === 'tenant') return tenant === whose.tenant;
    return whose.of === 'everyone' || tenant === undefined;
  };

function sumsOf(rows: readonly Sums[]): Sums {
  const sums = noSums();
  for (const row of rows) addSums(sums, row);
  return sums;
}

const distinct = (names: readonly string[]) => [...new Set(names)].sort();

const activeIn = (entries: readonly HourEntry[], activity: Activity) =>
  entries
    .flatMap((entry) =>
      entry.kind === 'active' && JSON.stringify(entry.activity) === JSON.stringify(activity)
        ? [entry.member]
        : [],
    )
    .sort();
