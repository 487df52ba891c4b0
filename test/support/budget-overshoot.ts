/** By how much a budget was overspent in a story, and by how much it can have been. */
import type { Given, Told } from './budget-simulation.ts';

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Micro-dollars that are spent from one second of a story until another. */
const between = ({ spent }: Told, from: number, to: number): number =>
  sum(spent.slice(Math.max(0, Math.ceil(from)), Math.max(0, Math.ceil(to))));

/** By how much the budget of a day is overspent. `first` and `last` are seconds of the story. */
export const overshoot = (
  told: Told,
  limit: number,
  { first, last }: { first: number; last: number },
): number => Math.max(0, between(told, first, last) - limit);

/**
 * The formula: (r - ρ)⁺ × x, where x is the time from the figures until the token ends, which is at most Δ + T; of it
 * counts what lies in the day.
 */
export function boundOf(
  told: Told,
  { figuresAt, rate, endsAt }: Given,
  { first, last }: { first: number; last: number },
): number {
  const [from, to] = [Math.max(figuresAt, first), Math.min(endsAt, last)];
  return Math.max(0, between(told, from, to) - rate * (to - from));
}

/** What is spent in the dearest window of so many seconds. */
export function dearest({ spent }: Told, seconds: number): number {
  let window = 0;
  let most = 0;
  for (const [index, cost] of spent.entries()) {
    window += cost - (index >= seconds ? (spent[index - seconds] ?? 0) : 0);
    most = Math.max(most, window);
  }
  return most;
}
