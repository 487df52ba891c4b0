/** Budgets: what a client or a tenant may spend in a UTC day and month, and what it has spent. */
import type { MicroDollars } from '../money.ts';
import type { Precondition, Revised } from '../precondition.ts';

export type BudgetOf = { kind: 'client'; id: string } | { kind: 'tenant'; id: string };

export const periods = ['day', 'month'] as const;
export type Period = (typeof periods)[number];

/** What may be spent; a period without a limit is not limited. */
export interface BudgetLimits {
  day?: MicroDollars;
  month?: MicroDollars;
}

/** What was spent, as the last run of the closing found it. */
export interface Spending {
  /** When the figures were made, milliseconds since the epoch: what was booked later is not in them. */
  at: number;
  /** The UTC date, and the cost so far. */
  day: { date: string; cost: MicroDollars };
  /** The UTC month, and the cost so far. */
  month: { month: string; cost: MicroDollars };
  /** The cost of the last {@link RATE_WINDOW} before `at`: how fast it is spent. */
  recent: MicroDollars;
}

/** Up to which share of which limit somebody has been told. */
export interface Warned {
  /** The UTC date or month. */
  name: string;
  limit: MicroDollars;
  percent: number;
}

export interface Budget {
  of: BudgetOf;
  limits: BudgetLimits;
  /** Absent before the first run of the closing after the budget was set. */
  spending?: Spending;
  warned?: { [P in Period]?: Warned };
}

/** Milliseconds over which the recent rate is measured. Open hours always reach back as far. */
export const RATE_WINDOW = 15 * 60_000;

/** Milliseconds between two figures, while the closing runs as it should. */
export const FIGURES_EVERY = 5 * 60_000;

/** @returns the UTC date of a time in milliseconds, such as `2026-11-22`, or its month, such as `2026-11`. */
export const nameOf = (period: Period, at: number): string =>
  new Date(at).toISOString().slice(0, period === 'day' ? 10 : 7);

/** @returns when the period of a time began, in milliseconds. */
export const beginOf = (period: Period, at: number): number =>
  Date.parse(`${nameOf(period, at)}${period === 'day' ? '' : '-01'}T00:00:00.000Z`);

/** @returns when the period of a time is over, and the next begins. */
export function endOf(period: Period, at: number): number {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return period === 'day' ? Date.UTC(year, month, date.getUTCDate() + 1) : Date.UTC(year, month + 1, 1);
}

/** @returns what the figures say of the period of `now`: nothing, where they are of an earlier one. */
export const costIn = ({ day, month }: Spending, period: Period, now: number): MicroDollars => {
  const { name, cost } =
    period === 'day' ? { name: day.date, cost: day.cost } : { name: month.month, cost: month.cost };
  return name === nameOf(period, now) ? cost : 0;
};

/** @returns whole percents of a limit; of nothing, whatever was spent is all of it. */
export const percentOf = (cost: MicroDollars, limit: MicroDollars): number => {
  if (limit === 0) return cost > 0 ? 100 : 0;
  return Number((BigInt(cost) * 100n) / BigInt(limit));
};

export interface BudgetReader {
  /** The budgets of these, of those that have one; one strongly consistent read. @throws {StoreUnavailable} */
  find(of: readonly BudgetOf[]): Promise<Budget[]>;
}

export interface BudgetRegistry {
  /** All of them, in the order of their kinds and ids. Strongly consistent. @throws {StoreUnavailable} */
  list(): Promise<Revised<Budget>[]>;
  /** Replaces the limits, and leaves what was spent; one write. @throws {StoreUnavailable} */
  set(
    of: BudgetOf,
    limits: BudgetLimits,
    precondition?: Precondition,
  ): Promise<{ outcome: 'created' | 'changed'; budget: Revised<Budget> } | { outcome: 'changed_meanwhile' }>;
  /** One write. @throws {StoreUnavailable} */
  remove(of: BudgetOf, precondition?: Precondition): Promise<'removed' | 'unknown' | 'changed_meanwhile'>;
}

/**
 * What the runs of the closing write. A budget that is gone by then does not come back, and nothing overwrites what a
 * later run wrote: `stale` is either of the two.
 */
export interface SpendingWriter {
  /** @param generation of the run that writes. @throws {StoreUnavailable} */
  put(of: BudgetOf, spending: Spending, generation: number): Promise<'written' | 'stale'>;
  /** As {@link put}, for what somebody has been told. @throws {StoreUnavailable} */
  noteWarned(
    of: BudgetOf,
    warned: NonNullable<Budget['warned']>,
    generation: number,
  ): Promise<'written' | 'stale'>;
}
