/**
 * How long a token may live under a budget. The figures are minutes old, so what was spent since is estimated by the
 * recent rate; `docs/decisions/0014-budgets.md` says by how much a budget can be overspent all the same.
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
  const left = limit - (spending === undefined ? 0 : spentBy(spending, period, now));
  const seconds = left <= 0 ? 0 : secondsOf(left, spending?.recent ?? 0);
  if (seconds >= 1) return ok(seconds);
  const endsAt = endOf(period, now);
  const isCertain = limit <= (spending === undefined ? 0 : costIn(spending, period, now));
  return fail({
    of,
    period,
    endsAt,
    retryAt: isCertain ? endsAt : Math.min(endsAt, now + FIGURES_EVERY),
  });
}

/** The figures, and what the recent rate makes of the time since; of figures from before midnight, that alone. */
function spentBy(spending: Spending, period: Period, now: number): MicroDollars {
  const since = Math.max(spending.at, beginOf(period, now));
  return costIn(spending, period, now) + costOf(Math.max(0, now - since), spending.recent);
}

/** Exact, whatever the numbers, and rounded up: a product of the two is more than a number of JavaScript holds. */
const costOf = (milliseconds: number, recent: MicroDollars): MicroDollars =>
  Number((BigInt(recent) * BigInt(milliseconds) + BigInt(RATE_WINDOW) - 1n) / BigInt(RATE_WINDOW));

/** Rounded down. Where nothing was spent of late, nothing can be said, and nothing is cut. */
const secondsOf = (left: MicroDollars, recent: MicroDollars): number =>
  recent === 0
    ? Number.POSITIVE_INFINITY
    : Number((BigInt(left) * BigInt(RATE_WINDOW)) / (BigInt(recent) * 1000n));
