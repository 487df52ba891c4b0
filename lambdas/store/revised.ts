/** Records that are one item each, and are replaced whole. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { NEVER, type Revised, type RevisedRecord } from '../domain/revised.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import { type Key, parse, text } from './items/item.ts';
import { readItem } from './read.ts';

export interface RevisedItem<Value> {
  key: Key;
  /** What it is while it was never written. */
  none: Value;
  parse(item: unknown): Value;
  attributes(value: Value): Record<string, unknown>;
}

/** @returns the value alone: one strongly consistent `GetItem`. @throws {StoreUnavailable} */
export async function readRevised<Value>(table: TableAccess, item: RevisedItem<Value>): Promise<Value> {
  const found = await get(table, item.key);
  return found === undefined ? item.none : item.parse(found);
}

/**
 * @param newRevision makes one that no other write has: by it a write knows itself again that the SDK sent twice,
 *   because the first answer got lost
 */
export const revisedRecord = <Value>(
  table: TableAccess,
  item: RevisedItem<Value>,
  newRevision: () => string,
): RevisedRecord<Value> => ({
  async read() {
    const found = await get(table, item.key);
    if (found === undefined) return { value: item.none, revision: NEVER };
    return { value: item.parse(found), revision: parse(shape, found).revision };
  },

  async replace(seen, value) {
    const revision = newRevision();
    const put = new PutCommand({
      TableName: table.table,
      Item: { ...item.key, ...item.attributes(value), revision },
      ...asSeen(seen),
    });
    if (await conditionHeld(answered(table.client.send(put), 'writing a record'))) return revision;
    const found = await get(table, item.key);
    return found !== undefined && parse(shape, found).revision === revision ? revision : undefined;
  },
});

const shape = z.object({ revision: text });

const asSeen = ({ revision }: Revised<unknown>) =>
  revision === NEVER
    ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } }
    : {
        ConditionExpression: '#revision = :seen',
        ExpressionAttributeNames: { '#revision': 'revision' },
        ExpressionAttributeValues: { ':seen': revision },
      };

const get = (table: TableAccess, key: Key) => readItem(table, key, 'reading a record');
