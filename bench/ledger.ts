/**
 * What the ledger costs at size: a month of calls of 1,000 clients, booked, closed and asked about. `--full` is ten
 * million calls, and an hour of a million; without it a hundredth of both, in under a minute.
 */

import { monthsBill } from './ledger/bill.ts';
import { benchBooking } from './ledger/booking.ts';
import type { Loaded } from './ledger/bulk.ts';
import { HOURS, type Month } from './ledger/calls.ts';
import { type Closed, closeHourOf, idleRun } from './ledger/closing.ts';
import { type Counts, type Engine, startEngine } from './ledger/engine.ts';
import { priceOf } from './ledger/prices.ts';
import { benchQueries } from './ledger/queries.ts';
import type { Row } from './rates.ts';

/** By the title of each table. */
export async function benchLedger(full: boolean): Promise<Record<string, Row[]>> {
  const month: Month = {
    name: '2026-10',
    calls: full ? 10_000_000 : 20_000,
    clients: 1_000,
    seed: 20261101,
  };
  const [ledger, other] = [startEngine(), startEngine()];
  try {
    const loaded = await fill(ledger, month);
    const [held, empty] = [await ledger.serve(), await other.serve()];
    const booking = await benchBooking(month, empty, held, loaded.records);
    const queries = await benchQueries(held, month);
    const { closed, idle } = await closings(other, month, full ? SIZES.full : SIZES.short);
    return {
      'Booking a call': booking,
      'Asking about a month': queries,
      'Closing an hour': closed.map(rowOf),
      [`A month of ${month.calls.toLocaleString('en')} calls at AWS’s list`]: monthsBill(
        loaded,
        closed,
        idle,
      ),
    };
  } finally {
    ledger.close();
    other.close();
  }
}

const SIZES = { full: [10_000, 100_000, 1_000_000], short: [1_000, 10_000] };

async function fill(engine: Engine, month: Month): Promise<Loaded> {
  // The engine's table is made when it first serves.
  await engine.serve();
  const start = performance.now();
  const loaded = await engine.fill({ kind: 'month', month, from: 0, to: HOURS });
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `Ledger: ${loaded.records.toLocaleString('en')} records are in a table on disk, after ${seconds} s`,
  );
  return loaded;
}

/** Hours of the month, so far apart that none is due with another. */
const FIRST = 300;
const APART = 10;

async function closings(engine: Engine, month: Month, sizes: readonly number[]) {
  const closed: Closed[] = [];
  for (const [index, records] of sizes.entries()) {
    closed.push(await closeHourOf(engine, month, FIRST + index * APART, records));
    console.log(`Ledger: closed an hour of ${records.toLocaleString('en')} records`);
  }
  const idle: Counts = await idleRun(await engine.serve(), month, FIRST + (sizes.length - 1) * APART);
  return { closed, idle };
}

const rowOf = ({ records, requests, readUnits, writeUnits, heap, seconds }: Closed): Row => ({
  records: records.toLocaleString('en'),
  requests: requests.toLocaleString('en'),
  'read units': readUnits.toLocaleString('en'),
  'write units': writeUnits.toLocaleString('en'),
  dollars: priceOf({ readUnits, writeUnits }).toFixed(4),
  'peak heap, MB': Math.round(heap),
  seconds: seconds.toFixed(1),
});
