/** Usage records and issued tokens in the ledger: appended once, read back by hour. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import {
  type IssuanceWriter,
  StoreUnavailable,
  type UsageReader,
  type UsageWriter,
} from '../domain/ports.ts';
import { USAGE_SHARDS, type UsageRecord } from '../domain/usage.ts';
import { answered, type TableAccess } from './dynamodb.ts';
import { issuedTokenItems, parseUsage, usageItem, usagePartition, usageSortPrefix } from './items.ts';

/** The ledger, and how long what is appended to it is kept. */
interface AppendableLedger extends TableAccess {
  /** Seconds. */
  retention: number;
}

/** @returns the guard's writer: one `PutItem`; the key is made of the record, so the same one overwrites itself. */
export const usageWriter = ({ client, table, retention }: AppendableLedger): UsageWriter => ({
  async append(record) {
    const put = new PutCommand({ TableName: table, Item: usageItem(record, retention) });
    await answered(client.send(put), 'appending a usage record');
  },
});

/** @returns the login's writer: the issued token, its lists and the login's record in one `BatchWriteItem`. */
export const issuanceWriter = ({ client, table, retention }: AppendableLedger): IssuanceWriter => ({
  async append(token, login) {
    const items = [...issuedTokenItems(token, retention), usageItem(login, retention)];
    let unwritten: Unwritten = { [table]: items.map((Item) => ({ PutRequest: { Item } })) };
    for (const pause of PAUSES) {
      await wait(pause);
      unwritten = await write(client, unwritten);
      if (Object.keys(unwritten).length === 0) return;
    }
    throw new StoreUnavailable('appending an issued token was left unfinished');
  },
});

type Unwritten = NonNullable<BatchWriteCommandInput['RequestItems']>;

async function write(client: DynamoDBDocumentClient, items: Unwritten): Promise<Unwritten> {
  const batch = new BatchWriteCommand({ RequestItems: items });
  const { UnprocessedItems = {} } = await answered(client.send(batch), 'appending an issued token');
  return UnprocessedItems;
}

/** Milliseconds before each attempt at what a batch left unwritten. */
const PAUSES = [0, 50, 150];

/**
 * @returns the reader of usage: the strongly consistent query of every shard of the hour, all pages of it, in no
 *   particular order
 */
export const usageReader = (ledger: TableAccess): UsageReader => ({
  async recordsOf(sub, hour) {
    const shards = Array.from({ length: USAGE_SHARDS }, (_, shard) => usagePartition(hour, shard));
    const records = await Promise.all(shards.map((partition) => recordsIn(ledger, partition, sub)));
    return records.flat();
  },
});

async function recordsIn(
  { client, table }: TableAccess,
  partition: string,
  sub: string,
): Promise<UsageRecord[]> {
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: '#pk = :partition AND begins_with(#sk, :prefix)',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':partition': partition, ':prefix': usageSortPrefix(sub) },
  };
  const records: UsageRecord[] = [];
  const pages = paginateQuery({ client }, query)[Symbol.asyncIterator]();
  for (;;) {
    const page = await answered(pages.next(), 'reading usage records');
    if (page.done === true) return records;
    records.push(...(page.value.Items ?? []).map(parseUsage));
  }
}
