import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURES_LAPSE_AFTER, lockoutLeft, MAX_LOCKOUT } from '../../lambdas/domain/lockout.ts';
import { DAY, NOW, SECOND } from '../support/clock.ts';

const leftAfter = (count: number, milliseconds = 0) =>
  lockoutLeft({ count, lastAt: NOW }, NOW + milliseconds);

describe('the lockout after failed logins', () => {
  it('does not begin before the fifth failure', () => {
    expect(lockoutLeft(undefined, NOW)).toBe(0);
    expect([0, 1, 2, 3, 4].map((count) => leftAfter(count))).toEqual([0, 0, 0, 0, 0]);
  });

  it('doubles with each further failure, up to a quarter of an hour', () => {
    expect([5, 6, 7, 8, 14, 15, 16, 100, 5000].map((count) => leftAfter(count))).toEqual([
      1, 2, 4, 8, 512, 900, 900, 900, 900,
    ]);
  });

  it('counts from the last failure, and rounds up', () => {
    expect(leftAfter(8, 1)).toBe(8);
    expect(leftAfter(8, 7 * SECOND)).toBe(1);
    expect(leftAfter(8, 8 * SECOND - 1)).toBe(1);
    expect(leftAfter(8, 8 * SECOND)).toBe(0);
  });

  it('forgets failures a day after the last one', () => {
    expect(FAILURES_LAPSE_AFTER * SECOND).toBe(DAY);
    expect(leftAfter(1e9, DAY - 1)).toBe(0);
    expect(leftAfter(1e9, DAY)).toBe(0);
  });

  it('is never longer than it was meant to be, whatever the clocks say', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -DAY, max: 2 * DAY }), (count, passed) => {
        const left = leftAfter(count, passed);
        expect(Number.isInteger(left) && left >= 0 && left <= MAX_LOCKOUT).toBe(true);
      }),
    );
  });
});
