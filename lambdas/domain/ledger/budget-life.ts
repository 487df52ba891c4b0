/**
 * How long a token may live under a budget. The figures are minutes old, so what was spent since is estimated by their
 * rate; `docs/decisions/0014-budgets.md` says by how much a budget can be overspent all the same.
 */
import type { MicroDollars } from '../money.ts';
import { fail, ok, type Result } from '../result.ts';
import {
  type Budget,
  type BudgetOf,
  beginOf,
  costIn,
  endOf,
  FIGURES_EVERY,
  type Period,
  periods,
  RATE_WINDOW,
  type Spending,
} from './budget.ts';

/** A budget of which nothing is left. */
export interface Exhausted {
  of: BudgetOf;
  period: Period;
  /** When the next period begins, milliseconds since the epoch. */
  endsAt: number;
  /** When to ask again: then, or with the next figures where it is but an estimate that nothing is left. */
  retryAt: number;
}

/**
 * @param asked seconds that the token would live
 * @param now milliseconds since the epoch
 * @returns seconds that it may live, at least 1; or the budget that forbids it, of several the one that does so longest
 */
export function lifeWithin(
  budgets: readonly Budget[],
  asked: number,
  now: number,
): Result<number, Exhausted> {
  const lives = budgets.flatMap((budget) => periods.map((period) => lifeIn(budget, period, now)));
  const exhausted = lives.flatMap((life) => (life.ok ? [] : [life.failure]));
  const [longest] = exhausted.toSorted((one, other) => other.retryAt - one.retryAt);
  if (longest !== undefined) return fail(longest);
  return ok(Math.min(asked, ...lives.flatMap((life) => (life.ok ? [life.value] : []))));
}

function lifeIn({ of, limits, spending }: Budget, period: Period, now: number): Result<number, Exhausted> {
  const limit = limits[period];
  if (limit === undefined) return ok(Number.POSITIVE_INFINITY);
  const cost = spending === undefined ? 0 : costIn(spending, period, now);
  const rate = spending === undefined ? NOTHING : rateOf(spending, period, cost);
  // Of figures from before midnight counts how fast it was, and no more.
  const since = Math.max(spending?.at ?? now, beginOf(period, now));
  const left = limit - cost - costOf(Math.max(0, now - since), rate);
  const seconds = left <= 0 ? 0 : secondsOf(left, rate);
  if (seconds >= 1) return ok(seconds);
  const endsAt = endOf(period, now);
  return fail({
    of,
    period,
    endsAt,
    retryAt: cost >= limit ? endsAt : Math.min(endsAt, now + FIGURES_EVERY),
  });
}

/** So much in so many milliseconds. */
interface Rate {
  cost: MicroDollars;
  time: number;
}

const NOTHING: Rate = { cost: 0, time: RATE_WINDOW };

/**
 * That of late, or that of the whole period, whichever is faster: who was refused, or waits, has spent nothing of late,
 * and would be given a whole token for the last millionth.
 */
function rateOf({ at, recent }: Spending, period: Period, cost: MicroDollars): Rate {
  const late = { cost: recent, time: RATE_WINDOW };
  const whole = { cost, time: Math.max(RATE_WINDOW, at - beginOf(period, at)) };
  return BigInt(whole.cost) * BigInt(late.time) > BigInt(late.cost) * BigInt(whole.time) ? whole : late;
}

/** Exact, whatever the numbers, and rounded up: a product of the two is more than a number of JavaScript holds. */
const costOf = (milliseconds: number, { cost, time }: Rate): MicroDollars =>
  Number((BigInt(cost) * BigInt(milliseconds) + BigInt(time) - 1n) / BigInt(time));

/** Rounded down. Where nothing was spent, nothing can be said, and nothing is cut. */
const secondsOf = (left: MicroDollars, { cost, time }: Rate): number =>
  cost === 0 ? Number.POSITIVE_INFINITY : Number((BigInt(left) * BigInt(time)) / (BigInt(cost) * 1000n));
