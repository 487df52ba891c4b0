/** Budgets: what a client or a tenant may spend in a UTC day and month, and what it has spent. */
import type { MicroDollars } from '../money.ts';

export type BudgetOf = { kind: 'client'; id: string } | { kind: 'tenant'; id: string };

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

export interface Budget {
  of: BudgetOf;
  limits: BudgetLimits;
  /** Absent before the first run of the closing after the budget was set. */
  spending?: Spending;
}

/** Milliseconds over which the recent rate is measured. Open hours always reach back as far. */
export const RATE_WINDOW = 15 * 60_000;

export interface BudgetReader {
  /** The budgets of these, of those that have one; one read. @throws {StoreUnavailable} */
  find(of: readonly BudgetOf[]): Promise<Budget[]>;
}
