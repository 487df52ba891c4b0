/** When somebody is told how much of a budget is spent: once for each threshold, period and limit. */
import type { MicroDollars } from '../money.ts';
import { type Budget, type BudgetOf, costIn, nameOf, type Period, percentOf, periods } from './budget.ts';

/** Percents of a limit. */
export const THRESHOLDS: readonly number[] = [60, 80, 100];

export interface BudgetWarning {
  of: BudgetOf;
  period: Period;
  /** The UTC date or month. */
  name: string;
  limit: MicroDollars;
  spent: MicroDollars;
  /** Of the limit, rounded down. */
  percent: number;
  /** The threshold that this is about. */
  threshold: number;
}

export interface BudgetEvents {
  /**
   * Tells of some warnings of one budget, at most ten. Telling again of the same is telling the same: each has an id
   * that follows from what it says.
   *
   * @throws Error where it is not certain that all have been told
   */
  publish(warnings: readonly BudgetWarning[]): Promise<void>;
}

/** @returns what has to be told by the figures of the budget and has not been, the lowest threshold first. */
export const warningsDue = (budget: Budget): BudgetWarning[] =>
  periods.flatMap((period) => warningsIn(budget, period));

function warningsIn({ of, limits, spending, warned }: Budget, period: Period): BudgetWarning[] {
  const limit = limits[period];
  if (limit === undefined || spending === undefined) return [];
  const name = nameOf(period, spending.at);
  const spent = costIn(spending, period, spending.at);
  const percent = percentOf(spent, limit);
  const before = warned?.[period];
  // Of another limit, or another day, nobody has been told.
  const told = before?.name === name && before.limit === limit ? before.percent : 0;
  return THRESHOLDS.filter((threshold) => threshold > told && threshold <= percent).map((threshold) => ({
    ...{ of, period, name, limit, spent, percent, threshold },
  }));
}

/** @returns what is to be noted once those warnings have been told. */
export function warnedOf({ warned = {} }: Budget, told: readonly BudgetWarning[]) {
  const noted = told.map(({ period, name, limit, threshold }) => [
    period,
    { name, limit, percent: threshold },
  ]);
  return { ...warned, ...Object.fromEntries(noted) } satisfies NonNullable<Budget['warned']>;
}
