import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { usageTally } from '../../lambdas/domain/usage-report.ts';
import { DAY, NOW } from '../support/clock.ts';

const records: fc.Arbitrary<UsageRecord[]> = fc.array(
  fc.record({
    requestId: fc.uuid(),
    at: fc.integer({ min: NOW - 3 * DAY, max: NOW + 3 * DAY }),
    sub: fc.constantFrom('alice', '__proto__', 'a","b', 'a'),
    clientId: fc.constant('alice'),
    credentialId: fc.constant('password'),
    jti: fc.uuid(),
    txn: fc.uuid(),
    route: fc.constantFrom('GET /products/{name}', 'POST /products', 'constructor'),
    status: fc.constantFrom(200, 403, 500),
    outcome: fc.constantFrom('admitted', 'refused'),
    price: fc.nat(10_000_000),
    latency: fc.nat(1000),
    sourceIp: fc.constant('203.0.113.7'),
  }),
);
const range = { from: NOW - DAY, to: NOW + DAY };

const reportOf = (all: readonly UsageRecord[]) => {
  const tally = usageTally(range);
  tally.add(all);
  return tally.report();
};

describe('a usage report', () => {
  it('costs exactly what its records cost, and counts each that is in the range', () => {
    fc.assert(
      fc.property(records, (all) => {
        const inside = all.filter(({ at }) => range.from <= at && at < range.to);
        const { rows, calls, cost } = reportOf(all);
        expect(calls).toBe(inside.length);
        expect(cost).toBe(inside.reduce((sum, { price }) => sum + price, 0));
        expect(rows.reduce((sum, row) => sum + row.calls, 0)).toBe(calls);
        expect(rows.reduce((sum, row) => sum + row.cost, 0)).toBe(cost);
      }),
    );
  });

  it('has one row for a user, endpoint and date, in that order', () => {
    fc.assert(
      fc.property(records, (all) => {
        const keys = reportOf(all).rows.map(({ user, endpoint, date }) => [user, endpoint, date].join('\0'));
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys).toEqual([...keys].sort());
      }),
    );
  });

  it('is the same however its records are divided and ordered', () => {
    fc.assert(
      fc.property(records, fc.nat(), (all, cut) => {
        const tally = usageTally(range);
        const at = all.length === 0 ? 0 : cut % all.length;
        tally.add(all.slice(at).reverse());
        tally.add(all.slice(0, at));
        expect(tally.report()).toEqual(reportOf(all));
      }),
    );
  });

  it('is of UTC days', () => {
    const [record] = fc.sample(records, 1).flat();
    const midnight = Date.UTC(2026, 10, 22);
    if (record === undefined) return;
    const { rows } = reportOf([
      { ...record, at: midnight - 1 },
      { ...record, at: midnight },
    ]);
    expect(rows.map(({ date }) => date)).toEqual(['2026-11-21', '2026-11-22']);
  });
});
