/** What a month comes to, of what was counted; what was not, is said. */
import type { Row } from '../rates.ts';
import type { Loaded } from './bulk.ts';
import { HOURS } from './calls.ts';
import type { Closed } from './closing.ts';
import type { Counts } from './engine.ts';
import { priceOf, type Used } from './prices.ts';

/** Runs of the closing in an hour; one of them finds something to close. */
const RUNS = 12;

/** Days that records are kept: so many are in the table at a time. */
const KEPT = 90;

/** GB that the closing's function has. */
const MEMORY = 1.769;

/** Read units of the guard for a call of a client that has a tenant: counted by its tests. */
const GUARD = 6;

/** Write units of a login: its record, its token, and what that is found by. Counted by its tests. */
const LOGIN = 4;

/** @param loaded the month @param closed hours, the largest last @param idle a run with nothing to do */
export function monthsBill(loaded: Loaded, closed: readonly Closed[], idle: Counts): Row[] {
  const { records, logins, bytes, rows, totals, clients, notes } = loaded;
  const [smaller, largest] = closed.slice(-2);
  if (smaller === undefined || largest === undefined) throw new Error('two hours have to be closed');
  // What a record adds: the rest does not come with each.
  const each = (what: 'readUnits' | 'seconds'): number =>
    (largest[what] - smaller[what]) / (largest.records - smaller.records);
  const idleRuns = HOURS * (RUNS - 1);
  const lines: [string, Used][] = [
    ['the guard’s reads', { readUnits: (records - logins) * GUARD }],
    ['booking the calls', { writeUnits: records - logins }],
    ['booking the logins, and the tokens that they issue', { writeUnits: logins * LOGIN }],
    [`keeping the records for ${KEPT} days`, { gigabyteMonths: ((bytes / 1e9) * KEPT) / 31 }],
    ['closing: reading each hour, and once more', { readUnits: 2 * records * each('readUnits') }],
    ['closing: rows, totals, who was active', { writeUnits: rows + totals + notes }],
    ['closing: what is usual of each client', { readUnits: clients, writeUnits: clients }],
    [
      'closing: runs with nothing to do',
      { readUnits: idleRuns * idle.readUnits, writeUnits: idleRuns * idle.writeUnits },
    ],
    [
      `closing: its function, at this machine’s speed with ${MEMORY} GB`,
      { invocations: HOURS * RUNS, gigabyteSeconds: 2 * records * each('seconds') * MEMORY },
    ],
  ];
  const all = lines.reduce((sum, [, used]) => sum + priceOf(used), 0);
  return [
    ...lines.map(([what, used]) => ({ what, ...units(used), dollars: priceOf(used).toFixed(2) })),
    { what: 'together', 'read units': '', 'write units': '', dollars: all.toFixed(2) },
  ];
}

const units = ({ readUnits = 0, writeUnits = 0 }: Used): Row => ({
  'read units': Math.round(readUnits).toLocaleString('en'),
  'write units': Math.round(writeUnits).toLocaleString('en'),
});
