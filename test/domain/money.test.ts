import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDollars } from '../../lambdas/domain/money.ts';

describe('formatDollars', () => {
  it.each([
    [0, '0.000000'],
    [1, '0.000001'],
    [150, '0.000150'],
    [999_999, '0.999999'],
    [1_000_000, '1.000000'],
    [1_234_567_890, '1234.567890'],
    [-150, '-0.000150'],
    [-1_500_000, '-1.500000'],
    [Number.MAX_SAFE_INTEGER, '9007199254.740991'],
  ])('writes %d micro-dollars as %s', (amount, text) => {
    expect(formatDollars(amount)).toBe(text);
  });

  it('loses nothing: without its point it is the amount again', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) => {
        expect(formatDollars(amount)).toMatch(/^-?\d+\.\d{6}$/);
        expect(BigInt(formatDollars(amount).replace('.', ''))).toBe(BigInt(amount));
      }),
    );
  });
});
