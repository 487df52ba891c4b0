/**
 * Latencies, kept so that hours can be put together: percentiles cannot be added, counts in fixed classes can. A
 * percentile is told as the upper bound of the class that it lies in.
 */

/** Upper bounds in milliseconds, each included; what is longer counts in one more class. */
export const LATENCY_BOUNDS: readonly number[] = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000,
  10_000, 30_000,
];

/** How many calls are in each class, in the order of {@link LATENCY_BOUNDS}, without the zeros at the end. */
export type Latencies = number[];

export const emptyLatencies = (): Latencies => [];

/** Counts one latency (ms), in place. */
export function noteLatency(latencies: Latencies, latency: number): void {
  const found = LATENCY_BOUNDS.findIndex((bound) => latency <= bound);
  addAt(latencies, found === -1 ? LATENCY_BOUNDS.length : found, 1);
}

/** Adds counts to others, in place. */
export function mergeLatencies(to: Latencies, from: Latencies): void {
  for (const [index, count] of from.entries()) addAt(to, index, count);
}

/**
 * @param share such as 0.95
 * @returns the upper bound in milliseconds below or at which that share of the calls lies; the last bound for those
 *   that took longer, `undefined` where there were no calls
 */
export function percentile(latencies: Latencies, share: number): number | undefined {
  const total = latencies.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  const index = latencies.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return LATENCY_BOUNDS[index] ?? LATENCY_BOUNDS.at(-1);
}

function addAt(latencies: Latencies, index: number, count: number): void {
  while (latencies.length <= index) latencies.push(0);
  latencies[index] = (latencies[index] ?? 0) + count;
}
