import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callsIn, callsOf, HOURS, hourName, type Month } from '../../bench/ledger/calls.ts';
import { hourOf, type UsageRecord } from '../../lambdas/domain/usage.ts';

const month: Month = { name: '2026-10', calls: 10_000_000, clients: 1_000, seed: 7 };
const NOON = 12;

describe('the month that the ledger is measured with', () => {
  it('is the same for the same seed, and another for another', () => {
    const digest = (seed: number) => digestOf(callsOf({ ...month, seed }, NOON, 500));
    expect(digest(7)).toBe(digest(7));
    expect(digest(8)).not.toBe(digest(7));
  });

  it('has as many calls as it is to have, most of them by day', () => {
    const counts = Array.from({ length: HOURS }, (_, hour) => callsIn(month, hour));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000_000);
    expect(callsIn(month, NOON)).toBeGreaterThan(10 * callsIn(month, 0));
  });

  it('has each call in its hour, under a request id of its own', () => {
    const calls = [...callsOf(month, NOON, 500)];
    expect(new Set(calls.map(({ at }) => hourOf(at)))).toEqual(new Set([hourName(month, NOON)]));
    expect(new Set(calls.map(({ requestId }) => requestId)).size).toBe(500);
  });

  it('has clients of which the first calls twice as often as the second, and tokens for a quarter of an hour', () => {
    const calls = [...callsOf(month, NOON, 4_000)];
    const of = (clientId: string) => calls.filter((call) => call.clientId === clientId);
    expect(of('client-0000').length / of('client-0001').length).toBeCloseTo(2, 0);
    expect(new Set(of('client-0000').map(({ jti }) => jti)).size).toBe(4);
    expect(of('client-0000').filter(({ route }) => route === 'POST /auth').length).toBe(4);
  });
});

function digestOf(records: Iterable<UsageRecord>): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(JSON.stringify(record));
  return hash.digest('hex');
}
