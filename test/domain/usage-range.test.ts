import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hoursOf, MAX_RANGE_DAYS, parseDateRange } from '../../lambdas/domain/date-range.ts';
import { hourOf } from '../../lambdas/domain/usage.ts';
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

  it('may be of 31 days and no more', () => {
    expect(range('2026-10-01', '2026-10-31')).toEqual({
      from: Date.UTC(2026, 9, 1),
      to: Date.UTC(2026, 10, 1),
    });
    expect(range('2026-10-01', '2026-11-01')).toBe('range_too_long');
    expect(range('2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z')).not.toBe('range_too_long');
    expect(range('2026-10-01T00:00:00Z', '2026-11-01T00:00:00.001Z')).toBe('range_too_long');
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

  it('is in order, and never too long, whatever it was read from', () => {
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
        expect(read.to - read.from).toBeLessThanOrEqual(MAX_RANGE_DAYS * DAY);
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

describe('the hours of a range', () => {
  const always = { from: 0, to: Number.MAX_SAFE_INTEGER };

  it('are those that it touches', () => {
    expect(hoursOf({ from: NOW - 1, to: NOW + 1 }, always)).toEqual(['2026-11-22T11', '2026-11-22T12']);
    expect(hoursOf({ from: NOW, to: NOW + HOUR }, always)).toEqual(['2026-11-22T12']);
    expect(hoursOf({ from: NOW, to: NOW }, always)).toEqual([]);
  });

  it('are no more than what is kept', () => {
    const kept = { from: NOW - HOUR, to: NOW + 1 };
    expect(hoursOf({ from: 0, to: NOW + DAY }, kept)).toEqual(['2026-11-22T11', '2026-11-22T12']);
    expect(hoursOf({ from: NOW + DAY, to: NOW + 2 * DAY }, kept)).toEqual([]);
  });

  it('hold every instant of the range once', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 12), fc.nat(40 * HOUR), fc.nat(), (from, length, offset) => {
        const hours = hoursOf({ from, to: from + length }, always);
        expect(new Set(hours).size).toBe(hours.length);
        if (length > 0) expect(hours).toContain(hourOf(from + (offset % length)));
      }),
    );
  });
});
