/** What an hour of calls amounts to, once it is closed: a row for each subject, client, tenant and route. */
import type { MicroDollars } from '../money.ts';
import type { UsageRecord } from '../usage.ts';
import { emptyLatencies, type Latencies, mergeLatencies, noteLatency } from './latency.ts';

/** Sums over some calls. */
export interface Sums {
  /** All calls, refused ones among them. */
  calls: number;
  /** Those admitted that ended in a failure of ours (5xx). */
  errors: number;
  /** Those that the guard refused; they cost nothing. */
  refused: number;
  cost: MicroDollars;
  /** Bytes of the answers' bodies. */
  bytesOut: number;
  latencies: Latencies;
}

/** Whose calls, and to what. */
export interface RollupGroup {
  sub: string;
  clientId: string;
  tenant?: string;
  /** The route key. */
  route: string;
}

/** One row of a closed hour. */
export interface Rollup extends RollupGroup, Sums {
  /** The UTC hour, such as `2026-11-22T03`. */
  hour: string;
}

export const noSums = (): Sums => ({
  ...{ calls: 0, errors: 0, refused: 0, cost: 0, bytesOut: 0 },
  latencies: emptyLatencies(),
});

/** Adds one call to sums, in place. */
export function addRecord(sums: Sums, record: UsageRecord): void {
  sums.calls += 1;
  if (record.outcome === 'refused') sums.refused += 1;
  else if (record.status >= 500) sums.errors += 1;
  sums.cost += record.price;
  sums.bytesOut += record.bytesOut ?? 0;
  noteLatency(sums.latencies, record.latency);
}

/** Adds sums to others, in place. */
export function addSums(to: Sums, from: Sums): void {
  to.calls += from.calls;
  to.errors += from.errors;
  to.refused += from.refused;
  to.cost += from.cost;
  to.bytesOut += from.bytesOut;
  mergeLatencies(to.latencies, from.latencies);
}

/** @returns the group of a record, and the text by which groups are told apart. */
export function groupOf({ sub, clientId, tenant, route }: UsageRecord): RollupGroup & { id: string } {
  const id = JSON.stringify([sub, clientId, tenant ?? null, route]);
  return { sub, clientId, ...(tenant !== undefined && { tenant }), route, id };
}
