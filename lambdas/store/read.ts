/** Strongly consistent reads of items by their keys; `query.ts` has those of partitions. */
import { BatchGetCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailable } from '../domain/ports.ts';
import { answered, type TableAccess } from './dynamodb.ts';
import type { Key } from './items/item.ts';

type Item = Record<string, unknown>;

/** @param what is read, in words, for the error's message: no ids. @throws {StoreUnavailable} */
export async function readItem(
  { client, table: TableName }: TableAccess,
  Key: Key,
  what: string,
): Promise<Item | undefined> {
  const get = new GetCommand({ TableName, Key, ConsistentRead: true });
  return (await answered(client.send(get), what)).Item;
}

/**
 * One read of all of them. What DynamoDB left unprocessed counts as not read at all, and is not asked for again: the
 * caller may retry.
 *
 * @param Keys at most 100, no two the same
 * @returns the items that there are, in any order
 * @throws {StoreUnavailable}
 */
export async function readItems(
  { client, table }: TableAccess,
  Keys: readonly Key[],
  what: string,
): Promise<Item[]> {
  const request = { RequestItems: { [table]: { Keys: [...Keys], ConsistentRead: true } } };
  const answer = await answered(client.send(new BatchGetCommand(request)), what);
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
    throw new StoreUnavailable(`${what} was left unfinished`);
  }
  return answer.Responses?.[table] ?? [];
}
