/**
 * Sums up the records of an hour as they come by, in the order of their subjects. At no time are more than the rows of
 * one subject held, and the totals of clients and tenants.
 */
import type { UsageRecord } from '../usage.ts';
import { monthOf } from './closing.ts';
import type { Activity, HourTotal, TotalOf } from './ports.ts';
import { addRecord, addSums, groupOf, noSums, type Rollup, type Sums } from './rollup.ts';

/** What is to be kept of an hour: a row, a total, or that somebody was active in its month. */
export type HourEntry =
  | { kind: 'row'; row: Rollup }
  | { kind: 'total'; whose: TotalOf; total: HourTotal }
  | { kind: 'active'; activity: Activity; month: string; member: string };

export interface HourTally {
  /** Adds the next record. @returns what is complete by it: the rows of the subject before */
  add(record: UsageRecord): HourEntry[];
  /** @returns the rest: the rows of the last subject, and the totals; that of everyone is always among them */
  end(): HourEntry[];
  /** The sums over all records, complete at the end. */
  readonly everyone: Readonly<Sums>;
}

/** @param hour such as `2026-11-22T03` */
export function hourTally(hour: string): HourTally {
  const totals = hourTotals(hour);
  let rows = new Map<string, Rollup>();
  let sub: string | undefined;

  const subjectDone = (): HourEntry[] => {
    const done = [...rows.values()];
    rows = new Map();
    for (const row of done) totals.add(row);
    return [...done.map((row) => ({ kind: 'row', row }) as const), ...activitiesOf(done)];
  };
  return {
    everyone: totals.everyone,
    add(record) {
      const done = record.sub === sub ? [] : subjectDone();
      sub = record.sub;
      const { id, ...group } = groupOf(record);
      const row = rows.get(id) ?? { hour, ...group, ...noSums() };
      rows.set(id, row);
      addRecord(row, record);
      return done;
    },
    end: () => [...subjectDone(), ...totals.entries()],
  };
}

/** What a subject's rows say about who was active. */
function activitiesOf(rows: readonly Rollup[]): HourEntry[] {
  const [first] = rows;
  if (first === undefined) return [];
  const clients = new Set(rows.map(({ clientId }) => clientId));
  const tenants = new Set(rows.flatMap(({ tenant }) => tenant ?? []));
  const as: Activity[] = [
    { of: 'everyone' },
    ...[...clients].map((clientId) => ({ of: 'client', clientId }) as const),
    ...[...tenants].map((tenant) => ({ of: 'tenant', tenant }) as const),
  ];
  return as.map((activity) => active(activity, first.hour, first.sub));
}

const active = (activity: Activity, hour: string, member: string): HourEntry => ({
  ...{ kind: 'active', activity, month: monthOf(hour), member },
});

function hourTotals(hour: string) {
  const everyone: HourTotal = { hour, ...noSums() };
  const clients = new Map<string, HourTotal>();
  const tenants = new Map<string, HourTotal>();
  const noTenant: HourTotal = { hour, ...noSums() };
  const addTo = (totals: Map<string, HourTotal>, id: string, row: Rollup) => {
    const total = totals.get(id) ?? { hour, ...noSums() };
    totals.set(id, total);
    addSums(total, row);
  };
  return {
    everyone,
    add(row: Rollup): void {
      addSums(everyone, row);
      addTo(clients, row.clientId, row);
      if (row.tenant === undefined) addSums(noTenant, row);
      else addTo(tenants, row.tenant, row);
    },
    entries: (): HourEntry[] => [
      ...[...clients].flatMap(([clientId, total]): HourEntry[] => [
        { kind: 'total', whose: { of: 'client', clientId }, total },
        active({ of: 'clients' }, hour, clientId),
      ]),
      ...[...tenants].flatMap(([tenant, total]): HourEntry[] => [
        { kind: 'total', whose: { of: 'tenant', tenant }, total },
        active({ of: 'tenants' }, hour, tenant),
      ]),
      ...(noTenant.calls > 0
        ? [{ kind: 'total', whose: { of: 'no_tenant' }, total: noTenant } as const]
        : []),
      { kind: 'total', whose: { of: 'everyone' }, total: everyone },
    ],
  };
}
