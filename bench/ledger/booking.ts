/** What booking a call costs, at the end of a month as at its start. */
import { usageWriter } from '../../lambdas/store/ledger.ts';
import type { Row } from '../rates.ts';
import { RETENTION } from './bulk.ts';
import { callsOf, type Month } from './calls.ts';
import type { Metered } from './engine.ts';

const CALLS = 1_000;
const ROUNDS = 10;

/**
 * Books into a full table and into an empty one, by turns, so that both have the same machine.
 *
 * @param held the records that the full one has
 */
export async function benchBooking(
  month: Month,
  empty: Metered,
  full: Metered,
  held: number,
): Promise<Row[]> {
  const calls = [...callsOf({ ...month, seed: month.seed + 1 }, 700, CALLS)];
  const tables = [
    { what: 'at the start', held: 0, metered: empty },
    { what: 'at the end', held, metered: full },
  ];
  const times = new Map(tables.map(({ what }) => [what, [] as number[]]));
  for (const { metered } of tables) metered.take();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { what, metered } of tables) {
      const ledger = usageWriter({ ...metered, retention: RETENTION });
      for (const call of calls.slice(round * (CALLS / ROUNDS), (round + 1) * (CALLS / ROUNDS))) {
        const before = performance.now();
        await ledger.append(call);
        times.get(what)?.push(performance.now() - before);
      }
    }
  }
  const medians = tables.map(({ what }) => median(times.get(what) ?? []));
  return tables.map(({ what, held, metered }, index) => {
    const { requests, writeUnits } = metered.take();
    return {
      'a call': what,
      'records in the table': held.toLocaleString('en'),
      requests: requests / CALLS,
      'write units': writeUnits / CALLS,
      'time, ratio': ((medians[index] ?? 0) / (medians[0] ?? 1)).toFixed(2),
    };
  });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
