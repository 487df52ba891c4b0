/** Finds the record of a request: one query of its shard, for the seconds around its time. */
import type { CallReference, RecordFinder } from '../domain/ledger/ports.ts';
import { hourOf, shardOf, type UsageRecord } from '../domain/usage.ts';
import type { TableAccess } from './dynamodb.ts';
import { parseUsage, usageKey, usagePartition } from './items.ts';
import { itemsOf } from './query.ts';

/** Milliseconds to either side: a log may have the time in whole seconds. */
const AROUND = 5_000;

/** @returns the finder; near the edge of an hour it looks into the hour beside it as well. */
export const recordFinder = (ledger: TableAccess): RecordFinder => ({
  async find(call) {
    const hours = new Set([call.at, call.at - AROUND, call.at + AROUND].map(hourOf));
    for (const hour of hours) {
      const found = await findIn(ledger, hour, call);
      if (found !== undefined) return found;
    }
    return undefined;
  },
});

async function findIn(
  ledger: TableAccess,
  hour: string,
  call: CallReference,
): Promise<UsageRecord | undefined> {
  const edge = (at: number): string => usageKey({ ...call, at, requestId: '' }).sk;
  const records = itemsOf(ledger, {
    partition: usagePartition(hour, shardOf(call.requestId)),
    where: {
      condition: '#sk BETWEEN :from AND :to',
      // Behind whatever id a request has: in a key they are percent-encoded.
      values: { ':from': edge(call.at - AROUND), ':to': `${edge(call.at + AROUND)}\u007f` },
    },
    what: 'looking for a usage record',
  });
  for await (const item of records) {
    const record = parseUsage(item);
    if (record.requestId === call.requestId) return record;
  }
  return undefined;
}
