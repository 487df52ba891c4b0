/** Taking an item away that operators change. */
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { Precondition } from '../domain/precondition.ts';
import { answered, ifHeld, namesIn, type TableAccess } from './dynamodb.ts';
import type { Key } from './items.ts';
import { conditionOf } from './precondition.ts';

/**
 * One write.
 *
 * @param what is done, in words, for the error's message: no ids
 * @returns `changed_meanwhile` where the condition did not hold: also where there is nothing
 * @throws {StoreUnavailable}
 */
export async function removeItem(
  { client, table }: TableAccess,
  key: Key,
  precondition: Precondition,
  what: string,
): Promise<'removed' | 'unknown' | 'changed_meanwhile'> {
  const { condition, values } = conditionOf(precondition);
  const deletion = new DeleteCommand({
    TableName: table,
    Key: key,
    ReturnValues: 'ALL_OLD',
    ...(condition !== undefined && {
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(condition),
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    }),
  });
  const removed = await ifHeld(answered(client.send(deletion), what));
  if (removed === undefined) return 'changed_meanwhile';
  return removed.Attributes === undefined ? 'unknown' : 'removed';
}
