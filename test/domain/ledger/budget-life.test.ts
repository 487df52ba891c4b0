import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Budget,
  type BudgetLimits,
  beginOf,
  endOf,
  nameOf,
  RATE_WINDOW,
  type Spending,
} from '../../../lambdas/domain/ledger/budget.ts';
import { lifeWithin } from '../../../lambdas/domain/ledger/budget-life.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../../support/clock.ts';

const figures = (changes: Partial<Spending> = {}): Spending => ({
  ...{ at: NOW, recent: 0, day: { date: '2026-11-22', cost: 0 }, month: { month: '2026-11', cost: 0 } },
  ...changes,
});
const budget = (limits: BudgetLimits, spending?: Spending): Budget => ({
  ...{ of: { kind: 'client', id: 'a' }, limits },
  ...(spending && { spending }),
});
/** Of 900 µ$ in the window, a micro-dollar a second. */
const RATE = 900;
const life = (one: Budget, now = NOW, asked = 3600) => lifeWithin([one], asked, now);

describe('how long a token may live', () => {
  it.each([
    ['as long as asked, without a budget', [], 3600],
    ['as long as asked, before there are figures', [budget({ day: 1 })], 3600],
    ['as long as asked, where nothing was spent of late', [budget({ day: 1 }, figures())], 3600],
    ['as long as asked, where there is enough', [budget({ day: 3600 }, figures({ recent: RATE }))], 3600],
    ['a second less, where a millionth is missing', [budget({ day: 3599 }, figures({ recent: RATE }))], 3599],
    ['rounded down', [budget({ day: 1000 }, figures({ recent: 1001 }))], 899],
    [
      'by what is left of the least',
      [
        budget({ day: 500, month: 400 }, figures({ recent: RATE })),
        budget({ day: 300 }, figures({ recent: RATE, day: { date: '2026-11-22', cost: 50 } })),
      ],
      250,
    ],
  ])('%s', (_, budgets, seconds) => {
    expect(lifeWithin(budgets, 3600, NOW)).toEqual({ ok: true, value: seconds });
  });

  it('goes by the age of the figures too: what was spent since is not known', () => {
    const one = budget({ day: 500 }, figures({ recent: RATE }));
    expect(life(one, NOW + 100 * SECOND)).toEqual({ ok: true, value: 400 });
    expect(life(one, NOW - 100 * SECOND)).toEqual({ ok: true, value: 500 });
    expect(life(one, NOW + 499 * SECOND)).toEqual({ ok: true, value: 1 });
    expect(life(one, NOW + 500 * SECOND).ok).toBe(false);
  });

  it('begins anew at midnight: figures from before say how fast, and no more', () => {
    const late = figures({
      at: NOW + 12 * HOUR - 2 * MINUTE,
      recent: RATE,
      day: { date: '2026-11-22', cost: 500 },
    });
    const one = budget({ day: 500 }, late);
    expect(life(one, NOW + 12 * HOUR - 1).ok).toBe(false);
    expect(life(one, NOW + 12 * HOUR)).toEqual({ ok: true, value: 500 });
    expect(life(one, NOW + 12 * HOUR + 3 * MINUTE)).toEqual({ ok: true, value: 320 });
    const ofMonth = budget({ month: 500 }, { ...late, month: { month: '2026-11', cost: 500 } });
    expect(life(ofMonth, NOW + 12 * HOUR).ok).toBe(false);
    expect(life(ofMonth, Date.UTC(2026, 11, 1)).ok).toBe(true);
  });

  it('goes by the rate of the whole period where that is faster: nobody gets a whole token for the last crumb', () => {
    const cost = 12 * 3600;
    const one = budget({ day: cost + 100 }, figures({ recent: 1, day: { date: '2026-11-22', cost } }));
    expect(life(one)).toEqual({ ok: true, value: 100 });
    expect(life(one, NOW + 40 * SECOND)).toEqual({ ok: true, value: 60 });
    const early = { at: Date.UTC(2026, 10, 22, 0, 1), day: { date: '2026-11-22', cost: RATE } };
    expect(life(budget({ day: RATE + 100 }, figures(early)), early.at)).toEqual({ ok: true, value: 100 });
  });

  it('is exact where numbers are large', () => {
    const trillion = 1_000_000_000_000;
    const one = budget({ month: trillion }, figures({ recent: trillion - 1, at: NOW - 7 }));
    const spent = Math.ceil(((trillion - 1) * 7) / RATE_WINDOW);
    const seconds = Math.floor((trillion - spent) / ((trillion - 1) / 900));
    expect(life(one)).toEqual({ ok: true, value: seconds });
  });
});

describe('an exhausted budget', () => {
  it('is so until its period ends', () => {
    const spent = budget({ day: 5 }, figures({ day: { date: '2026-11-22', cost: 5 } }));
    const [midnight, december] = [NOW + 12 * HOUR, Date.UTC(2026, 11, 1)];
    expect(life(spent)).toEqual({
      ok: false,
      failure: { of: spent.of, period: 'day', endsAt: midnight, retryAt: midnight },
    });
    const both = budget({ day: 0, month: 0 });
    expect(life(both)).toMatchObject({ failure: { period: 'month', endsAt: december, retryAt: december } });
  });

  it('may be but an estimate: then the next figures tell, or midnight', () => {
    const one = budget({ day: 500 }, figures({ recent: RATE }));
    const now = NOW + 500 * SECOND;
    expect(life(one, now)).toMatchObject({ failure: { endsAt: NOW + 12 * HOUR, retryAt: now + 5 * MINUTE } });
    const late = budget({ day: 500 }, figures({ recent: RATE, at: NOW + 12 * HOUR - 10 * MINUTE }));
    const midnight = NOW + 12 * HOUR;
    expect(life(late, midnight - MINUTE)).toMatchObject({ failure: { retryAt: midnight } });
  });

  it('is one whose rest lasts for less than a second', () => {
    expect(life(budget({ day: 1 }, figures({ recent: RATE }))).ok).toBe(true);
    expect(life(budget({ day: 1 }, figures({ recent: RATE + 1 }))).ok).toBe(false);
  });
});

describe('days and months', () => {
  it('are UTC’s, whatever the year', () => {
    const time = fc.integer({ min: 0, max: Date.UTC(2200, 0) });
    fc.assert(
      fc.property(time, fc.constantFrom('day' as const, 'month' as const), (at, period) => {
        const [begin, end] = [beginOf(period, at), endOf(period, at)];
        expect(begin <= at && at < end).toBe(true);
        expect(nameOf(period, begin)).toBe(nameOf(period, at));
        expect(nameOf(period, end - 1)).toBe(nameOf(period, at));
        expect(nameOf(period, end) > nameOf(period, at)).toBe(true);
        expect(end - begin).toBe(period === 'day' ? DAY : endOf(period, at) - beginOf(period, at));
      }),
    );
    expect(endOf('month', Date.UTC(2028, 1, 29))).toBe(Date.UTC(2028, 2, 1));
  });
});
