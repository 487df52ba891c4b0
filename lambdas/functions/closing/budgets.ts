/**
 * The step of a run that says what was spent of each budget, and tells of thresholds that were crossed. Closed hours
 * are read as their totals; the open ones record by record, in one pass for all budgets.
 */
import pMap from 'p-map';
import {
  type Budget,
  type BudgetOf,
  beginOf,
  nameOf,
  RATE_WINDOW,
  type Spending,
  type SpendingWriter,
} from '../../domain/ledger/budget.ts';
import { type BudgetEvents, warnedOf, warningsDue } from '../../domain/ledger/budget-warnings.ts';
import { hourAfter } from '../../domain/ledger/closing.ts';
import type { HourReader, RollupReader, TotalOf } from '../../domain/ledger/ports.ts';
import type { Clock } from '../../domain/ports.ts';
import { hourOf, type UsageRecord } from '../../domain/usage.ts';
import type { Log } from '../../http/log.ts';
import type { ClosingStep, Run } from './run.ts';

export interface BudgetsPorts {
  budgets: { list(): Promise<Budget[]> };
  spending: SpendingWriter;
  rollups: Pick<RollupReader, 'state' | 'totalsOf'>;
  hours: HourReader;
  events: BudgetEvents;
  clock: Clock;
}

/** Budgets that are looked at at once. */
const AT_ONCE = 10;

/**
 * Makes the step. The figures of all budgets are written before anybody is told of any, and a warning that cannot be
 * told changes none of them: it is tried again by the next run.
 */
export const lookAtBudgets =
  (ports: BudgetsPorts): ClosingStep =>
  async (run) => {
    // Before anything is read: what is booked from now on is in the next figures.
    const now = ports.clock();
    const budgets = await ports.budgets.list();
    if (budgets.length === 0) return;
    const { closedThrough } = await ports.rollups.state();
    const open = await openSpending(ports, budgets, closedThrough, now);
    const looked = await pMap(budgets, (budget) => figure(ports, run, budget, { open, closedThrough, now }), {
      concurrency: AT_ONCE,
    });
    await warn(
      ports,
      run,
      looked.filter((budget) => budget !== undefined),
    );
  };

/** Sums of one budget. */
interface Spent {
  day: number;
  month: number;
  recent: number;
}

const nothing = (): Spent => ({ day: 0, month: 0, recent: 0 });

const idOf = ({ kind, id }: BudgetOf): string => `${kind} ${id}`;

/** What was spent in the hours that are not closed, of those budgets, in one pass. */
async function openSpending(
  { hours }: BudgetsPorts,
  budgets: readonly Budget[],
  closedThrough: string | undefined,
  now: number,
): Promise<ReadonlyMap<string, Spent>> {
  const spent = new Map(budgets.map(({ of }) => [idOf(of), nothing()]));
  const [day, month, recent] = [beginOf('day', now), beginOf('month', now), now - RATE_WINDOW];
  const add = (to: Spent | undefined, { at, price }: UsageRecord) => {
    if (to === undefined) return;
    if (at >= day) to.day += price;
    if (at >= month) to.month += price;
    if (at >= recent) to.recent += price;
  };
  const last = hourOf(now);
  for (let hour = firstOpen(closedThrough, now); hour <= last; hour = hourAfter(hour)) {
    for await (const record of hours.recordsIn(hour)) {
      add(spent.get(idOf({ kind: 'client', id: record.clientId })), record);
      if (record.tenant !== undefined) add(spent.get(idOf({ kind: 'tenant', id: record.tenant })), record);
    }
  }
  return spent;
}

/** Nothing before the month, and before the window of the rate, counts; however far the closing is behind. */
function firstOpen(closedThrough: string | undefined, now: number): string {
  const earliest = hourOf(Math.min(beginOf('month', now), now - RATE_WINDOW));
  const open = closedThrough === undefined ? earliest : hourAfter(closedThrough);
  return open > earliest ? open : earliest;
}

interface Known {
  open: ReadonlyMap<string, Spent>;
  closedThrough: string | undefined;
  now: number;
}

/** @returns the budget with its new figures; `undefined` where it is gone, or a later run has looked at it. */
async function figure(
  ports: BudgetsPorts,
  run: Run,
  budget: Budget,
  { open, closedThrough, now }: Known,
): Promise<Budget | undefined> {
  const closed =
    closedThrough === undefined ? nothing() : await closedSpending(ports, budget, closedThrough, now);
  const { day, month, recent } = open.get(idOf(budget.of)) ?? nothing();
  const spending: Spending = {
    at: now,
    day: { date: nameOf('day', now), cost: closed.day + day },
    month: { month: nameOf('month', now), cost: closed.month + month },
    recent,
  };
  const outcome = await ports.spending.put(budget.of, spending, run.generation);
  return outcome === 'written' ? { ...budget, spending } : undefined;
}

/** By the totals of the closed hours: of the whole month, for the figures say what was spent in it in any case. */
async function closedSpending(
  { rollups }: BudgetsPorts,
  { of }: Budget,
  closedThrough: string,
  now: number,
): Promise<Pick<Spent, 'day' | 'month'>> {
  const spent = nothing();
  const from = hourOf(beginOf('month', now));
  const day = hourOf(beginOf('day', now));
  if (closedThrough < from) return spent;
  const whose: TotalOf =
    of.kind === 'client' ? { of: 'client', clientId: of.id } : { of: 'tenant', tenant: of.id };
  for await (const { hour, cost } of rollups.totalsOf(whose, nameOf('month', now), {
    from,
    to: closedThrough,
  })) {
    spent.month += cost;
    if (hour >= day) spent.day += cost;
  }
  return spent;
}

/** What was told is noted afterwards, so that it is told at least once. After a failure the rest waits as well. */
async function warn(ports: BudgetsPorts, run: Run, budgets: readonly Budget[]): Promise<void> {
  for (const budget of budgets) {
    const due = warningsDue(budget);
    if (due.length === 0) continue;
    try {
      await ports.events.publish(due);
    } catch (error) {
      return failed(run.log, budget, error);
    }
    await ports.spending.noteWarned(budget.of, warnedOf(budget, due), run.generation);
    run.log.info('budget threshold crossed', {
      budget: idOf(budget.of),
      reason: due.map(({ period, threshold }) => `${threshold} % of the ${period}'s`).join(', '),
    });
  }
}

function failed(log: Log, { of }: Budget, error: unknown): void {
  log.count('BudgetWarningFailed');
  log.error('a budget warning could not be published', { budget: idOf(of), error });
}
