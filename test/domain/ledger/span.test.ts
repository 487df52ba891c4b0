import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hourAfter } from '../../../lambdas/domain/ledger/closing.ts';
import { spanOf } from '../../../lambdas/domain/ledger/span.ts';
import { hourOf } from '../../../lambdas/domain/usage.ts';
import { DAY, HOUR, NOW } from '../../support/clock.ts';

const retention = (90 * DAY) / 1000;
const at = (text: string) => Date.parse(`2026-11-${text}Z`);
const span = (from: string, to: string, closedThrough?: string) =>
  spanOf({ from: at(from), to: at(to) }, { closedThrough, now: NOW, retention });

describe('what is read for a range', () => {
  it('is the rows of whole closed hours, and the records of open ones up to now', () => {
    expect(span('22T08:00', '23T00:00', '2026-11-22T10')).toMatchObject({
      value: {
        closed: [{ month: '2026-11', hours: { from: '2026-11-22T08', to: '2026-11-22T10' } }],
        loose: ['2026-11-22T11', '2026-11-22T12'],
      },
    });
  });

  it('is the records of a closed hour that is asked for in part, while they are kept', () => {
    expect(span('22T08:30', '22T10:01', '2026-11-22T10')).toMatchObject({
      value: {
        closed: [{ hours: { from: '2026-11-22T09', to: '2026-11-22T09' } }],
        loose: ['2026-11-22T08', '2026-11-22T10'],
      },
    });
    expect(span('22T08:10', '22T08:20', '2026-11-22T10')).toMatchObject({
      value: { closed: [], loose: ['2026-11-22T08'] },
    });
    const old = { from: NOW - 100 * DAY + 1, to: NOW };
    expect(spanOf(old, { closedThrough: '2026-11-22T10', now: NOW, retention })).toEqual({
      ok: false,
      failure: 'not_whole_hours',
    });
  });

  it('is divided by months', () => {
    const year = { from: Date.UTC(2025, 10, 21), to: Date.UTC(2026, 10, 22) };
    const whole = spanOf(year, { closedThrough: '2026-11-22T10', now: NOW, retention });
    if (!whole.ok) throw new Error(whole.failure);
    expect(whole.value.closed).toHaveLength(13);
    expect(whole.value.closed[1]).toEqual({
      month: '2025-12',
      hours: { from: '2025-12-01T00', to: '2025-12-31T23' },
    });
  });

  it('is nothing for an empty range', () => {
    expect(span('22T08:30', '22T08:30', '2026-11-22T10')).toMatchObject({ value: { closed: [], loose: [] } });
  });

  it('is each hour of the range once, as far as there can be calls in it', () => {
    const time = fc.integer({ min: NOW - 80 * DAY, max: NOW + DAY });
    fc.assert(
      fc.property(time, time, fc.option(time, { nil: undefined }), (a, b, closed) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const closedThrough = closed === undefined ? undefined : hourOf(Math.min(closed, NOW - HOUR));
        const read = spanOf({ from, to }, { closedThrough, now: NOW, retention });
        if (!read.ok) throw new Error(read.failure);
        const rows = read.value.closed.flatMap(({ hours }) => hoursFrom(hours.from, hours.to));
        const end = Math.min(to, Math.floor(NOW / HOUR) * HOUR + HOUR);
        const touched = from < end ? hoursFrom(hourOf(from), hourOf(end - 1)) : [];
        expect([...rows, ...read.value.loose].sort()).toEqual(touched);
        expect(rows.every((hour) => hour <= (closedThrough ?? ''))).toBe(true);
      }),
    );
  });
});

function hoursFrom(from: string, to: string): string[] {
  const hours: string[] = [];
  for (let hour = from; hour <= to; hour = hourAfter(hour)) hours.push(hour);
  return hours;
}
