/** What closing an hour costs: requests, units, memory, time. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seals } from '../../lambdas/crypto/seals.ts';
import { GRACE, hourAfter, hourBefore, startOf } from '../../lambdas/domain/ledger/closing.ts';
import { closingHandler } from '../../lambdas/functions/closing/handler.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { chain, closingStates, lateHours } from '../../lambdas/store/closings.ts';
import { habitBook } from '../../lambdas/store/habits.ts';
import { hourReader } from '../../lambdas/store/hours.ts';
import { rollupReader, rollupWriter } from '../../lambdas/store/rollups.ts';
import { RETENTION } from './bulk.ts';
import { hourName, type Month } from './calls.ts';
import type { Counts, Engine, Metered } from './engine.ts';

export interface Closed extends Counts {
  records: number;
  seconds: number;
  /** Highest of the samples, above what there was before, in MB. */
  heap: number;
}

/** Closes an hour of so many records, by the code that does it, over the SDK and HTTP. */
export async function closeHourOf(
  engine: Engine,
  month: Month,
  hour: number,
  records: number,
): Promise<Closed> {
  if (records > 0) await engine.fill({ kind: 'hour', month, hour, records });
  const metered = await engine.serve();
  const name = hourName(month, hour);
  const states = closingStates(metered);
  const before = hourBefore(name);
  await states.begin(0);
  await states.advance({ closed: before, checked: before });
  const close = handlerOf(metered, startOf(hourAfter(name)) + GRACE);
  metered.take();
  const { heap, seconds } = await watched(() => close({}));
  return { records, heap, seconds, ...metered.take() };
}

/** A run that finds nothing to do: eleven of twelve. */
export async function idleRun(metered: Metered, month: Month, hour: number): Promise<Counts> {
  const close = handlerOf(metered, startOf(hourAfter(hourName(month, hour))) + GRACE + 5 * 60_000);
  metered.take();
  await close({});
  return metered.take();
}

function handlerOf(metered: Metered, now: number) {
  const start = performance.now();
  const nothing = () => undefined;
  return closingHandler({
    ...{ hours: hourReader(metered), rollups: { ...rollupReader(metered), ...rollupWriter(metered) } },
    ...{ chain: chain(metered), late: lateHours(metered), states: closingStates(metered), seals },
    ...{ habits: habitBook(metered), steps: [], audit: auditWriter(metered) },
    clock: () => Math.floor(now + performance.now() - start),
    pause: async () => undefined,
    retention: RETENTION,
    log: {
      ...{ info: nothing, warn: nothing, unbooked: nothing, count: nothing, measure: nothing },
      error: (message, { error } = {}) => console.error(message, error),
    },
  });
}

async function watched(work: () => Promise<unknown>): Promise<{ heap: number; seconds: number }> {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const before = process.memoryUsage().heapUsed;
  let highest = before;
  const sample = () => {
    highest = Math.max(highest, process.memoryUsage().heapUsed);
  };
  const sampling = setInterval(sample, 10);
  const start = performance.now();
  await work();
  clearInterval(sampling);
  return { heap: (highest - before) / 1e6, seconds: (performance.now() - start) / 1000 };
}
