import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, NOW } from '../support/clock.ts';
import { type TestLedger, testLedger } from '../support/ledger.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await testLedger();
});
afterEach(() => ledger.end());

describe('POST /admin/usage/closings', () => {
  it('closes a day before the first run, in order', async () => {
    await ledger.book({ at: NOW - 2 * HOUR }, { at: NOW - 2 * HOUR, sub: 'bob' });
    const { closed, amended, backlog } = await ledger.close();
    expect(closed).toHaveLength(23);
    expect(closed.at(-1)).toBe('2026-11-22T10');
    expect([amended, backlog]).toEqual([[], 0]);
    expect((await ledger.chain.linkOf('2026-11-22T10'))?.records).toBe(2);
  });
});
