/**
 * All records of an hour as one sequence: the eight shards are sorted, so merging them is sorted too, and each has
 * to show but one record at a time. Of an hour of any size no more than a page of each shard is held.
 */
import type { HourReader, SubjectReader } from '../domain/ledger/ports.ts';
import { USAGE_SHARDS, type UsageRecord } from '../domain/usage.ts';
import type { TableAccess } from './dynamodb.ts';
import { type Key, parseUsage, tokenSortKeys, usageKey, usagePartition } from './items.ts';
import { itemsOf, type PartitionQuery } from './query.ts';

/**
 * @param pageSize records of a page at most; by default as many as fit into 1 MB
 * @returns the reader; it throws for a record that has not its shape, or does not belong where it lies
 */
export const hourReader = (ledger: TableAccess, pageSize?: number): HourReader => ({
  recordsIn: (hour) => merged(ledger, hour, { ...(pageSize !== undefined && { pageSize }) }),
});

/** @returns the reader of one subject's records, by eight queries an hour; what it throws is as of {@link hourReader} */
export const subjectReader = (ledger: TableAccess): SubjectReader => ({
  recordsOf(sub, hour, tokens = {}) {
    return recordsBetween(ledger, hour, tokenSortKeys(sub, tokens));
  },
});

/**
 * @returns the records of an hour between two sort keys, both included, in order
 * @throws {StoreUnavailable} while it is iterated, and what {@link hourReader} throws
 */
export function recordsBetween(
  ledger: TableAccess,
  hour: string,
  { from, to }: { from: string; to: string },
  pageSize?: number,
): AsyncGenerator<UsageRecord, void, undefined> {
  const where = { condition: '#sk BETWEEN :from AND :to', values: { ':from': from, ':to': to } };
  return merged(ledger, hour, { where, ...(pageSize !== undefined && { pageSize }) });
}

type Narrowing = Pick<PartitionQuery, 'where' | 'pageSize'>;

async function* merged(
  ledger: TableAccess,
  hour: string,
  narrowing: Narrowing,
): AsyncGenerator<UsageRecord, void, undefined> {
  const shards = await Promise.all(
    Array.from({ length: USAGE_SHARDS }, (_, shard) => open(ledger, usagePartition(hour, shard), narrowing)),
  );
  try {
    for (let first = least(shards); first?.next !== undefined; first = least(shards)) {
      yield recordOf(first.next);
      await advance(first);
    }
  } finally {
    await Promise.all(shards.map(({ items }) => items.return()));
  }
}

/** A shard, and the item of it that is next; none at its end. */
interface Shard {
  items: AsyncGenerator<Record<string, unknown>, void, undefined>;
  next?: Record<string, unknown> | undefined;
}

async function open(ledger: TableAccess, partition: string, narrowing: Narrowing): Promise<Shard> {
  const shard: Shard = { items: itemsOf(ledger, { partition, ...narrowing, what: 'reading an hour' }) };
  await advance(shard);
  return shard;
}

async function advance(shard: Shard): Promise<void> {
  const { value } = await shard.items.next();
  shard.next = value ?? undefined;
}

/** Keys are percent-encoded, so ASCII: what DynamoDB sorts by bytes is sorted by code unit as well. */
const least = (shards: readonly Shard[]): Shard | undefined =>
  shards.reduce<Shard | undefined>((least, shard) => {
    if (shard.next === undefined) return least;
    return least?.next === undefined || sortKey(shard.next) < sortKey(least.next) ? shard : least;
  }, undefined);

const sortKey = (item: Record<string, unknown>): string => String(item.sk);

/** A record that lies elsewhere than its own fields say would be summed up in the wrong place, or twice. */
function recordOf(item: Record<string, unknown>): UsageRecord {
  const record = parseUsage(item);
  const { pk, sk }: Key = usageKey(record);
  if (pk === item.pk && sk === item.sk) return record;
  throw new Error(`corrupt item ${item.pk} / ${item.sk}: it does not belong there`);
}
