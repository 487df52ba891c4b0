import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDateRange, tooLong } from '../../lambdas/domain/date-range.ts';
import { DAY, HOUR, NOW } from '../support/clock.ts';

const instant = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
const day = instant.map((date) => date.toISOString().slice(0, 10));
const range = (from?: string, to?: string) => {
  const parsed = parseDateRange(from, to, NOW);
  return parsed.ok ? parsed.value : parsed.failure.code;
};

describe('a range of time', () => {
  it('is today up to now where nothing is said', () => {
    expect(range()).toEqual({ from: NOW - 12 * HOUR, to: NOW });
    expect(parseDateRange(undefined, undefined, NOW - 12 * HOUR)).toMatchObject({ ok: true });
  });

  it('ends now where only the beginning is said, and begins with the day where only the end is', () => {
    expect(range('2026-11-20')).toEqual({ from: Date.UTC(2026, 10, 20), to: NOW });
    expect(range(undefined, '2026-11-20')).toEqual({
      from: Date.UTC(2026, 10, 20),
      to: Date.UTC(2026, 10, 21),
    });
    expect(range(undefined, '2026-11-20T10:00:00Z')).toEqual({
      from: Date.UTC(2026, 10, 20),
      to: Date.UTC(2026, 10, 20, 10),
    });
  });

  it('may be too long', () => {
    const days = (from: string, to: string, most: number) => {
      const parsed = parseDateRange(from, to, NOW);
      return parsed.ok ? tooLong(parsed.value, most)?.code : parsed.failure.code;
    };
    expect(days('2026-10-01', '2026-10-31', 31)).toBeUndefined();
    expect(days('2026-10-01', '2026-11-01', 31)).toBe('range_too_long');
    expect(days('2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z', 31)).toBeUndefined();
    expect(days('2026-10-01T00:00:00Z', '2026-11-01T00:00:00.001Z', 31)).toBe('range_too_long');
    expect(days('2024-01-01', '2024-12-31', 366)).toBeUndefined();
  });

  it('knows leap days', () => {
    expect(range('2024-02-29', '2024-02-29')).toEqual({
      from: Date.UTC(2024, 1, 29),
      to: Date.UTC(2024, 2, 1),
    });
    expect(range('2026-02-29', '2026-03-01')).toBe('invalid_from');
    expect(range('2026-02-28', '2026-02-29')).toBe('invalid_to');
  });

  it('reads every day back, with both ends in it', () => {
    fc.assert(
      fc.property(day, (text) => {
        expect(range(text, text)).toEqual({ from: Date.parse(text), to: Date.parse(text) + DAY });
      }),
    );
  });

  it('is in order, whatever it was read from', () => {
    const end = fc.oneof(
      day,
      instant.map((date) => date.toISOString()),
      fc.string(),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(end, end, (from, to) => {
        const read = range(from, to);
        if (typeof read === 'string') return;
        expect(read.from).toBeLessThanOrEqual(read.to);
      }),
    );
  });

  it('refuses any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (/^\d{4}-\d\d-\d\d/.test(text)) return;
        expect(range(text)).toBe('invalid_from');
        expect(range(undefined, text)).toBe('invalid_to');
      }),
    );
  });
});
