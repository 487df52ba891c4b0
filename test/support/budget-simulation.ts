/**
 * Clients that spend, second by second, against a budget: the real step of the closing makes the figures and the real
 * issuing cuts or refuses their tokens, over stores in memory and a clock of its own. The same seed is the same story.
 */
import type { Issuance } from '../../lambdas/domain/issuance.ts';
import type { Budget, BudgetLimits, BudgetOf, Spending } from '../../lambdas/domain/ledger/budget.ts';
import { lastClosable } from '../../lambdas/domain/ledger/closing.ts';
import { noSums } from '../../lambdas/domain/ledger/rollup.ts';
import { hourOf, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { lookAtBudgets } from '../../lambdas/functions/closing/budgets.ts';
import type { Run } from '../../lambdas/functions/closing/run.ts';
import { withinBudget } from '../../lambdas/functions/within-budget.ts';
import { DAY, MINUTE, SECOND } from './clock.ts';
import { requestEvent } from './event.ts';
import { recordedLog } from './recorded-log.ts';

/** One that holds a token of its own. */
export interface Spender {
  /** @param second of the story. @returns micro-dollars that it spends in it, while it has a token */
  wants(second: number): number;
}

export interface Story {
  /** When it begins, milliseconds since the epoch. */
  start: number;
  seconds: number;
  spenders: readonly Spender[];
  limits: BudgetLimits;
  /** Seconds that a token lives where nothing cuts it. */
  lifetime: number;
  /** Seconds from one run to the next, and from the beginning of a run until its figures are written. */
  every: number;
  runs: number;
}

/** A token that was issued: by which figures, and for how long. Times are seconds of the story. */
export interface Given {
  figuresAt: number;
  /** Micro-dollars a second, by those figures. */
  rate: number;
  issuedAt: number;
  endsAt: number;
}

export interface Told {
  /** What was spent in each second. */
  spent: readonly number[];
  given: readonly Given[];
  refusals: number;
}

const OF: BudgetOf = { kind: 'client', id: 'spender' };
/** Seconds until somebody who was refused asks again, whatever Retry-After says. */
const AGAIN = 15;

export async function tell(story: Story): Promise<Told> {
  const { start, seconds, spenders, lifetime } = story;
  let now = start;
  const store = inMemory(story.limits);
  const look = lookAtBudgets({ ...store, clock: () => now, events: { publish: async () => undefined } });
  const log = recordedLog([]);
  const spent: number[] = [];
  const given: Given[] = [];
  const holds = spenders.map(() => ({ endsAt: 0, asksAt: 0 }));
  let refusals = 0;
  let generation = 0;

  for (let second = 0; second < seconds; second++) {
    now = start + second * SECOND;
    if (second % story.every === 0) await look({ generation: ++generation, log } as Partial<Run> as Run);
    if (second === 0 || second % story.every === story.runs) store.write();
    let cost = 0;
    for (const [index, { wants }] of spenders.entries()) {
      const want = wants(second);
      const hold = holds[index];
      if (want === 0 || hold === undefined) continue;
      if (second >= hold.endsAt && second >= hold.asksAt) {
        const life = await ask();
        hold.asksAt = second + AGAIN;
        if (life !== undefined) hold.endsAt = second + life;
      }
      if (second < hold.endsAt) cost += want;
    }
    spent.push(cost);
    if (cost > 0) store.book(now, cost);
  }
  return { spent, given, refusals };

  async function ask(): Promise<number | undefined> {
    const ports = { budgets: store.reader, log };
    const allowed = await withinBudget(ports, requestEvent('POST /auth'), issuance(lifetime), now);
    if (!allowed.ok) {
      refusals += 1;
      return undefined;
    }
    const life = allowed.value.granted.lifetime;
    const figures = store.figures();
    const issuedAt = (now - start) / SECOND;
    given.push({
      figuresAt: figures === undefined ? issuedAt : (figures.at - start) / SECOND,
      rate: figures === undefined ? 0 : rateOf(figures, now),
      ...{ issuedAt, endsAt: issuedAt + life },
    });
    return life;
  }
}

/** As the formula has it: the rate of the last quarter of an hour, or that of the day so far. */
function rateOf({ at, recent, day }: Spending, now: number): number {
  const quarter = (15 * MINUTE) / SECOND;
  const cost = new Date(now).toISOString().startsWith(day.date) ? day.cost : 0;
  return Math.max(recent / quarter, cost / Math.max(quarter, (at % DAY) / SECOND));
}

const issuance = (lifetime: number): Issuance => ({
  ...{ grantType: 'login', clientId: OF.id, credentialId: 'any', sub: OF.id, roles: [] },
  granted: { scopes: [], claims: {}, lifetime },
});

/** The ledger, as the step and the issuing see it: records by hour, closed hours as totals, one budget. */
function inMemory(limits: BudgetLimits) {
  const hours = new Map<string, UsageRecord[]>();
  const budget: Budget = { of: OF, limits };
  let latest = 0;
  let made: Spending | undefined;
  return {
    book(at: number, price: number): void {
      latest = at;
      const hour = hourOf(at);
      const records = hours.get(hour) ?? [];
      hours.set(hour, records);
      // One record for ten seconds: figures are made, and windows begin, between two of them.
      const last = records.at(-1);
      if (last !== undefined && at - last.at < 10 * SECOND) last.price += price;
      else records.push({ at: at - (at % (10 * SECOND)), price, clientId: OF.id } as UsageRecord);
    },
    /** What the run has made is there from now on. */
    write(): void {
      if (made !== undefined) budget.spending = made;
    },
    figures: () => budget.spending,
    reader: { find: async () => [budget] },
    budgets: { list: async () => [budget] },
    spending: {
      put: async (_: BudgetOf, spending: Spending) => {
        made = spending;
        return 'written' as const;
      },
      noteWarned: async () => 'written' as const,
    },
    hours: {
      async *recordsIn(hour: string) {
        yield* hours.get(hour) ?? [];
      },
    },
    rollups: {
      state: async () =>
        latest === 0 ? { generation: 0 } : { generation: 0, closedThrough: lastClosable(latest) },
      async *totalsOf(_: unknown, month: string, { from, to }: { from: string; to: string }) {
        for (const [hour, records] of hours) {
          if (!hour.startsWith(month) || hour < from || hour > to) continue;
          yield { ...noSums(), hour, cost: records.reduce((sum, { price }) => sum + price, 0) };
        }
      },
    },
  };
}
