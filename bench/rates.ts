/** From a finished run to the rows of a report. */
import type { Bench } from 'tinybench';

export type Row = Record<string, string | number>;

/**
 * @param unit head of the column of rates
 * @param yardsticks columns of ratios: their head, and the name of the task that each rate is divided by
 * @throws Error if a task failed
 */
export function ratesOf(bench: Bench, unit: string, yardsticks: Record<string, string>): Row[] {
  const rates = bench.tasks.map(({ name, result }) => {
    if (!('throughput' in result)) throw new Error(`${name} failed`);
    return { name, rate: result.throughput.mean };
  });
  const rateOf = (name: string) => rates.find((task) => task.name === name)?.rate ?? Number.NaN;
  return rates.map(({ name, rate }) => ({
    what: name,
    [unit]: Math.round(rate),
    ...Object.fromEntries(
      Object.entries(yardsticks).map(([head, yardstick]) => [head, (rate / rateOf(yardstick)).toFixed(2)]),
    ),
  }));
}
