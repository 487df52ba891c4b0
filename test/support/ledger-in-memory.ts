/** The ledger as a report sees it, in memory: its closed hours summed up as the closing does, the others as records. */
import type { HourEntry } from '../../lambdas/domain/ledger/tally.ts';
import { hourTally } from '../../lambdas/domain/ledger/tally.ts';
import { hourOf, type UsageRecord } from '../../lambdas/domain/usage.ts';
import type { ReportPorts } from '../../lambdas/functions/usage/report.ts';
import { activityPartition, rollupPartition, totalPartition, usageKey } from '../../lambdas/store/items.ts';

/**
 * @param records in any order
 * @param closedThrough the last closed hour; by default none is
 */
export function ledgerInMemory(records: readonly UsageRecord[], closedThrough?: string) {
  const byKey = records.map((record) => [usageKey(record).sk, record] as const);
  byKey.sort(([a], [b]) => (a < b ? -1 : 1));
  const sorted = byKey.map(([, record]) => record);
  const hours = grouped(sorted, ({ at }) => hourOf(at));
  const recordsIn = (hour: string) => hours.get(hour) ?? [];
  const entries = [...hours.keys()].sort().flatMap((hour) => {
    if (closedThrough === undefined || hour > closedThrough) return [];
    const tally = hourTally(hour);
    return [...recordsIn(hour).flatMap(tally.add), ...tally.end()];
  });
  const partitions = grouped(entries, partitionOf);
  const reads: string[] = [];
  const read = (partition: string) => {
    reads.push(partition);
    return partitions.get(partition) ?? [];
  };

  const ports: ReportPorts = {
    hours: {
      async *recordsIn(hour) {
        reads.push(`USAGE#${hour}`);
        yield* recordsIn(hour);
      },
    },
    subjects: {
      async *recordsOf(sub, hour, { after = '', through = '~' } = {}) {
        reads.push(`USAGE#${hour}`);
        yield* recordsIn(hour).filter((one) => one.sub === sub && after < one.jti && one.jti <= through);
      },
    },
    rollups: {
      state: async () => ({ generation: 1, ...(closedThrough !== undefined && { closedThrough }) }),
      async *rollupsOf(sub, month, { from, to }) {
        for (const entry of read(rollupPartition(sub, month))) {
          if (entry.kind === 'row' && from <= entry.row.hour && entry.row.hour <= to) yield entry.row;
        }
      },
      async *totalsOf(whose, month, { from, to }) {
        for (const entry of read(totalPartition(whose, month))) {
          if (entry.kind === 'total' && from <= entry.total.hour && entry.total.hour <= to) yield entry.total;
        }
      },
      async *active(activity, month, after = '') {
        const members = read(activityPartition(activity, month)).flatMap((entry) =>
          entry.kind === 'active' ? encodeURIComponent(entry.member) : [],
        );
        for (const member of [...new Set(members)].sort()) {
          if (member > encodeURIComponent(after)) yield decodeURIComponent(member);
        }
      },
    },
  };
  return {
    ...ports,
    /** The partitions that were read since the last call of this. */ takeReads: () => reads.splice(0),
  };
}

/** @returns the items by their groups, in the order in which each group came first. */
export function grouped<Item>(items: readonly Item[], groupOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groupOf(item);
    const items = groups.get(group);
    if (items === undefined) groups.set(group, [item]);
    else items.push(item);
  }
  return groups;
}

function partitionOf(entry: HourEntry): string {
  if (entry.kind === 'row') return rollupPartition(entry.row.sub, entry.row.hour.slice(0, 7));
  if (entry.kind === 'total') return totalPartition(entry.whose, entry.total.hour.slice(0, 7));
  return activityPartition(entry.activity, entry.month);
}
