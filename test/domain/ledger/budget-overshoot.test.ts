/**
 * By how much a budget can be overspent: never by more than what is spent faster than the figures know, from those
 * figures until the last token ends. See docs/decisions/0014-budgets.md.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundOf, dearest, overshoot, sum } from '../../support/budget-overshoot.ts';
import { type Story, tell } from '../../support/budget-simulation.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../../support/clock.ts';

/** Phases, each with its rate: idle ones, steady ones and bursts. */
const phases = fc.array(
  fc.record({
    seconds: fc.integer({ min: 30, max: 3000 }),
    rate: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 10_000 })),
  }),
  { minLength: 1, maxLength: 5 },
);
type Phases = typeof phases extends fc.Arbitrary<infer Value> ? Value : never;

const spenderOf = (pattern: Phases) => {
  const rates = pattern.flatMap(({ seconds, rate }) => Array.from({ length: seconds }, () => rate));
  return { wants: (second: number) => rates[second % rates.length] ?? 0 };
};

const stories: fc.Arbitrary<Story> = fc.record({
  // Many of them live through midnight.
  start: fc
    .oneof(
      fc.integer({ min: 0, max: DAY / MINUTE - 1 }),
      fc.integer({ min: 22.5 * 60, max: DAY / MINUTE - 1 }),
    )
    .map((minute) => NOW - 12 * HOUR + minute * MINUTE),
  seconds: fc.constant(5400),
  spenders: fc.array(phases.map(spenderOf), { minLength: 1, maxLength: 4 }),
  limits: fc.record({ day: fc.integer({ min: 0, max: 5_000_000 }) }),
  lifetime: fc.constantFrom(60, 900, 3600),
  every: fc.constant(300),
  runs: fc.integer({ min: 0, max: 120 }),
});

describe('the overshoot of a budget', () => {
  it('is at most (r − ρ)⁺ × (Δ + T), whoever spends when and how fast', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const told = await tell(story);
        const limit = story.limits.day ?? 0;
        const midnight = Math.ceil(((DAY - (story.start % DAY)) % DAY) / SECOND) || DAY / SECOND;
        const longest = story.every + story.runs + story.lifetime;
        const days = [
          { first: 0, last: midnight },
          { first: midnight, last: story.seconds },
        ];
        for (const day of days) {
          const over = overshoot(told, limit, day);
          expect(over).toBeLessThanOrEqual(dearest(told, longest));
          // It may have been given on the day before; whoever lives until the end decides.
          const last = told.given
            .filter(({ issuedAt, endsAt }) => issuedAt < day.last && endsAt > day.first)
            .toSorted((one, other) => other.endsAt - one.endsAt)[0];
          if (over === 0 || last === undefined) continue;
          expect(last.endsAt - last.figuresAt).toBeLessThanOrEqual(longest);
          expect(over).toBeLessThanOrEqual(boundOf(told, last, day) + 1e-6);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is next to nothing for whoever spends as it did before', async () => {
    const spenders = [{ wants: () => 100 }, { wants: () => 33 }];
    const story = { start: NOW, seconds: 3 * 3600, spenders, limits: { day: 1_000_000 } };
    const told = await tell({ ...story, lifetime: 900, every: 300, runs: 20 });
    expect(told.refusals).toBeGreaterThan(0);
    const total = sum(told.spent);
    // While it waits to ask again it spends nothing, so the figures know less than it spends afterwards.
    expect(total).toBeLessThanOrEqual(1_001_000);
    // Nor is it refused much of what it may have.
    expect(total).toBeGreaterThan(995_000);
  });
});
