/**
 * By how much budgets are overspent: clients that spend steadily, in bursts and with many tokens at once, second by
 * second against the real closing and the real issuing, and the formula of docs/decisions/0014-budgets.md beside it.
 * Nothing here is timed, and nothing is random that the seed does not say: each run prints the same.
 */
import { boundOf, dearest, overshoot, sum } from '../test/support/budget-overshoot.ts';
import { type Spender, type Story, type Told, tell } from '../test/support/budget-simulation.ts';
import type { Row } from './rates.ts';

/** In the morning, so that no midnight is in it. */
const START = Date.UTC(2026, 10, 22, 6);
const HOUR = 3600;
const SEEDS = 10;
/** A dollar; the budget of a day is ten. */
const DOLLAR = 1_000_000;
const LIMIT = 10 * DOLLAR;

/** Some clients, by what chance says: `next` is between 0 and 1. */
interface Kind {
  what: string;
  lifetime: number;
  spenders: (next: () => number) => Spender[];
}

/** Five dollars an hour, give or take. */
const RATE = (5 * DOLLAR) / HOUR;

const steady = (next: () => number, rate = RATE): Spender => {
  const own = rate * (0.5 + next());
  return { wants: () => Math.round(own) };
};

/** Idle most of the time, and then ten times as fast for some minutes. */
const bursts = (next: () => number): Spender => {
  const [period, length, offset] = [1200 + 2400 * next(), 120 + 480 * next(), 3600 * next()];
  const rate = Math.round(10 * RATE * (0.5 + next()));
  return { wants: (second) => ((second + offset) % period < length ? rate : 0) };
};

/** Nothing for hours, and then all at once: whoever found a key. */
const thief = (next: () => number): Spender => {
  const from = HOUR + 2 * HOUR * next();
  const rate = Math.round(20 * RATE * (0.5 + next()));
  return { wants: (second) => (second >= from ? rate : 0) };
};

const kinds: readonly Kind[] = [
  { what: 'one steady client', lifetime: 900, spenders: (next) => [steady(next)] },
  {
    what: 'eight steady ones, a token each',
    lifetime: 900,
    spenders: (next) => Array.from({ length: 8 }, () => steady(next, RATE / 8)),
  },
  { what: 'bursts', lifetime: 900, spenders: (next) => [bursts(next)] },
  {
    what: 'bursts of eight, a token each',
    lifetime: 900,
    spenders: (next) => Array.from({ length: 8 }, () => bursts(next)),
  },
  { what: 'nothing, then 20 times as fast', lifetime: 900, spenders: (next) => [thief(next)] },
  { what: 'the same, tokens of a minute', lifetime: 60, spenders: (next) => [thief(next)] },
  { what: 'the same, tokens of an hour', lifetime: 3600, spenders: (next) => [thief(next)] },
];

export async function benchBudget(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of kinds) {
    const told = [];
    for (let seed = 1; seed <= SEEDS; seed++) told.push(await measured(kind, seed));
    const worst = told.toSorted((one, other) => other.over - one.over)[0];
    const mean = sum(told.map(({ over }) => over)) / told.length;
    rows.push({
      what: kind.what,
      'token, s': kind.lifetime,
      'overspent, mean': inPercent(mean),
      'overspent, most': inPercent(worst?.over ?? 0),
      'by the formula': inPercent(worst?.bound ?? 0),
      'r × (Δ + T)': inPercent(worst?.dearest ?? 0),
      'spent of it': inPercent(Math.min(...told.map(({ total }) => total))),
    });
  }
  return rows;
}

async function measured({ lifetime, spenders }: Kind, seed: number) {
  const story: Story = {
    ...{ start: START, seconds: 8 * HOUR, lifetime, every: 300, runs: 10 },
    ...{ spenders: spenders(chance(seed)), limits: { day: LIMIT } },
  };
  const told: Told = await tell(story);
  const day = { first: 0, last: story.seconds };
  const over = overshoot(told, LIMIT, day);
  const last = told.given.toSorted((one, other) => other.endsAt - one.endsAt)[0];
  const bound = last === undefined ? 0 : boundOf(told, last, day);
  if (over > Math.ceil(bound)) throw new Error(`overspent by more than the formula allows: seed ${seed}`);
  return { over, bound, dearest: dearest(told, lifetime + 310), total: sum(told.spent) };
}

const inPercent = (amount: number): string => `${((100 * amount) / LIMIT).toFixed(2)} %`;

/** Park and Miller's generator: the same numbers on each machine. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
