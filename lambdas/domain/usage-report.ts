/** What calls cost, summed up from their records. */
import type { DateRange } from './date-range.ts';
import type { MicroDollars } from './money.ts';
import type { UsageRecord } from './usage.ts';

/** The calls of one user to one route on one day. Refused calls are among them, at no cost. */
export interface UsageRow {
  user: string;
  /** The route key. */
  endpoint: string;
  /** The UTC date, `2026-11-22`. */
  date: string;
  calls: number;
  cost: MicroDollars;
}

export interface UsageReport {
  /** Sorted by user, endpoint and date, by code unit. */
  rows: UsageRow[];
  calls: number;
  cost: MicroDollars;
}

/** Sums up records as they come, so that no report has to hold all of them. */
export interface UsageTally {
  add(records: readonly UsageRecord[]): void;
  /** @returns the report of what was added so far; its totals are the sums of its rows */
  report(): UsageReport;
}

/** @param range records outside it do not count */
export function usageTally({ from, to }: DateRange): UsageTally {
  const rows = new Map<string, UsageRow>();
  return {
    add(records) {
      for (const record of records) if (from <= record.at && record.at < to) addTo(rows, record);
    },
    report() {
      const sorted = [...rows.values()].map((row) => ({ ...row })).sort(compare);
      return { rows: sorted, calls: sum(sorted, 'calls'), cost: sum(sorted, 'cost') };
    },
  };
}

function addTo(rows: Map<string, UsageRow>, { sub, route, at, price }: UsageRecord): void {
  const date = new Date(at).toISOString().slice(0, 10);
  const id = JSON.stringify([sub, route, date]);
  const row = rows.get(id) ?? { user: sub, endpoint: route, date, calls: 0, cost: 0 };
  row.calls += 1;
  row.cost += price;
  rows.set(id, row);
}

function compare(a: UsageRow, b: UsageRow): number {
  const field = (['user', 'endpoint', 'date'] as const).find((name) => a[name] !== b[name]);
  if (field === undefined) return 0;
  return a[field] < b[field] ? -1 : 1;
}

const sum = (rows: readonly UsageRow[], field: 'calls' | 'cost'): number =>
  rows.reduce((total, row) => total + row[field], 0);
