import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_LINK } from '../../../lambdas/domain/ledger/closing.ts';
import { addSums, noSums, type Rollup, type Sums } from '../../../lambdas/domain/ledger/rollup.ts';
import {
  type Month,
  openUntil,
  parseMonth,
  type StatementTally,
  statementClaims,
  statementTally,
} from '../../../lambdas/domain/ledger/statement.ts';
import { HOUR, MINUTE, NOW } from '../../support/clock.ts';

const OCTOBER = parseMonth('2026-10') as Month;

const row = (changes: Partial<Rollup> = {}): Rollup => ({
  ...{ sub: 'alice', clientId: 'shop', route: 'GET /a', hour: '2026-10-02T03' },
  ...{ calls: 1, errors: 0, refused: 0, cost: 10, bytesOut: 2, latencies: [1] },
  ...changes,
});

const chain = {
  ...{ seq: 7, hour: '2026-10-31T23', generation: 1, digest: '', records: 0, cost: 0, at: 0 },
  ...{ previous: NO_LINK, hash: 'f'.repeat(64) },
};

const tallied = (rows: readonly Rollup[]): { tally: StatementTally; total: Sums } => {
  const tally = statementTally();
  const total = noSums();
  for (const one of rows) {
    tally.add(one);
    addSums(total, one);
  }
  return { tally, total };
};

const claimsOf = (facts: { tally: StatementTally; total: Sums }) =>
  statementClaims({
    ...{ issuer: 'https://api.example.com', clientId: 'shop', month: OCTOBER, chain, now: NOW + 999 },
    ...facts,
  });

describe('a month', () => {
  it('has a beginning, an end, and the hours between them', () => {
    expect(parseMonth('2026-12')).toEqual({
      ...{ name: '2026-12', from: Date.UTC(2026, 11), to: Date.UTC(2027, 0) },
      hours: { from: '2026-12-01T00', to: '2026-12-31T23' },
    });
    expect(parseMonth('2028-02')?.hours.to).toBe('2028-02-29T23');
    expect(parseMonth('9999-12')?.hours.to).toBe('9999-12-31T23');
  });

  it.each([
    '',
    '2026',
    '2026-13',
    '2026-00',
    '2026-1',
    '26-10',
    '2026-10-01',
    ' 2026-10',
    '2026-10\n',
    '+002026-10',
  ])('is not %j', (name) => expect(parseMonth(name)).toBeUndefined());

  it('is no other text whatsoever', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseMonth(text)?.name ?? text).toBe(text);
      }),
    );
  });
});

describe('when a month is final', () => {
  const LAST = OCTOBER.hours.to;
  const done = { generation: 3, closedThrough: LAST, checkedThrough: LAST };
  const after = OCTOBER.to + 7 * HOUR;

  it('once its last hour was closed and looked at again, and none is late', () => {
    expect(openUntil(OCTOBER, done, ['2026-11-03T01', '2026-09-30T23'], after)).toBeUndefined();
    expect(openUntil(OCTOBER, { ...done, closedThrough: '2027-01-01T00' }, [], after)).toBeUndefined();
  });

  it.each([
    ['nothing was ever closed', { generation: 0 }, []],
    ['an hour is not closed', { ...done, closedThrough: '2026-10-31T22' }, []],
    ['an hour was not looked at again', { ...done, checkedThrough: '2026-10-31T22' }, []],
    ['an hour has to be closed again', done, ['2026-10-01T00']],
  ])('not while %s, whatever the time: ask again when the next run is through', (_, state, late) => {
    expect(openUntil(OCTOBER, state, late, after)).toBe(after + 5 * MINUTE);
  });

  it('not before it is over, whatever is said to be closed: then it says when it can be had', () => {
    const first = OCTOBER.to + 6 * HOUR + 5 * MINUTE;
    for (const now of [OCTOBER.from - 1, OCTOBER.from, OCTOBER.to - 1]) {
      expect(openUntil(OCTOBER, done, [], now)).toBe(first);
    }
    expect(openUntil(OCTOBER, { generation: 1 }, [], OCTOBER.to)).toBe(first);
  });
});

describe('what a statement says', () => {
  it('who, when, for what time, a row for each route and tenant, the total, and the link that it stands on', () => {
    const facts = tallied([
      row({ route: 'GET /b', tenant: 'acme', calls: 2, errors: 1, refused: 1, cost: 1_000_001, bytesOut: 0 }),
      row({ tenant: 'zeta' }),
      row({ tenant: 'acme', sub: 'bob' }),
      row(),
      row({ hour: '2026-10-31T23', tenant: 'acme' }),
    ]);
    const one = { calls: 1, errors: 0, refused: 0, bytes_out: 2, cost_micro_dollars: 10, cost: '0.000010' };
    const two = { calls: 2, errors: 0, refused: 0, bytes_out: 4, cost_micro_dollars: 20, cost: '0.000020' };
    expect(claimsOf(facts)).toEqual({
      ...{ iss: 'https://api.example.com', sub: 'shop', iat: NOW / 1000 },
      period: { from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
      ...{ currency: 'USD', grouped_by: ['route', 'tenant'] },
      rows: [
        { route: 'GET /a', ...one },
        { route: 'GET /a', tenant: 'acme', ...two },
        { route: 'GET /a', tenant: 'zeta', ...one },
        {
          ...{ route: 'GET /b', tenant: 'acme', calls: 2, errors: 1, refused: 1, bytes_out: 0 },
          ...{ cost_micro_dollars: 1_000_001, cost: '1.000001' },
        },
      ],
      total: {
        ...{ calls: 6, errors: 1, refused: 1, bytes_out: 8 },
        ...{ cost_micro_dollars: 1_000_041, cost: '1.000041' },
      },
      chain: { seq: 7, hash: chain.hash },
    });
  });

  it('has nothing in it that an access token is known by', () => {
    const claims = claimsOf(tallied([row()])) ?? {};
    for (const name of ['aud', 'client_id', 'scope', 'jti', 'exp', 'credential_id', 'txn']) {
      expect(claims).not.toHaveProperty(name);
    }
  });

  it('nothing at all where the hours add up to something else than the rows', () => {
    for (const name of ['calls', 'errors', 'refused', 'cost', 'bytesOut'] as const) {
      const { tally, total } = tallied([row(), row({ route: 'GET /b' })]);
      expect(claimsOf({ tally, total: { ...total, [name]: total[name] + 1 } })).toBeUndefined();
    }
  });

  it('rows by route alone where those by tenant are too many, and none where those are; the sums stay', () => {
    const long = (at: number) => `${at}-${'x'.repeat(1000)}`;
    const tenants = tallied(Array.from({ length: 3000 }, (_, at) => row({ tenant: long(at) })));
    expect(claimsOf(tenants)).toMatchObject({
      grouped_by: ['route'],
      rows: [{ route: 'GET /a', calls: 3000, cost: '0.030000' }],
      total: { calls: 3000, cost: '0.030000' },
    });
    const routes = tallied(Array.from({ length: 3000 }, (_, at) => row({ route: long(at) })));
    expect(claimsOf(routes)).toMatchObject({ grouped_by: [], rows: [], total: { calls: 3000 } });
  });

  it('the total alone where the rows were too many to be read', () => {
    const { tally, total } = tallied([row()]);
    tally.abandon();
    tally.add(row());
    expect(claimsOf({ tally, total })).toMatchObject({ grouped_by: [], rows: [], total: { calls: 1 } });
  });

  it('the same sums however fine: rows by tenant add up to those by route, and these to the total', () => {
    const name = fc.constantFrom('a', 'b', '["', '\u{1F600}');
    const count = fc.integer({ min: 0, max: 10 ** 9 });
    const anyRow = fc
      .record({ route: name, tenant: fc.option(name, { nil: undefined }), calls: count, cost: count })
      .map(({ tenant, ...rest }) => row({ ...rest, ...(tenant !== undefined && { tenant }) }));
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
        const { tally, total } = tallied(rows);
        for (const grouping of [['route', 'tenant'], ['route']] as const) {
          const told = tally.rows(grouping);
          expect(told.reduce((sum, { cost_micro_dollars }) => sum + cost_micro_dollars, 0)).toBe(total.cost);
          const names = told.map(({ route, tenant }) => JSON.stringify([route, tenant]));
          expect(new Set(names).size).toBe(names.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
