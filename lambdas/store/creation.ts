/** Every item that a creation writes carries its id, so that what is undone is never somebody else's. */
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import type { Key } from './items.ts';

/**
 * Deletes an item, if this creation wrote it.
 *
 * @throws {StoreUnavailable}
 */
export async function deleteOwn({ client, table }: TableAccess, key: Key, creation: string): Promise<void> {
  const deletion = new DeleteCommand({
    TableName: table,
    Key: key,
    ConditionExpression: '#creation = :creation',
    ExpressionAttributeNames: { '#creation': 'creation' },
    ExpressionAttributeValues: { ':creation': creation },
  });
  await conditionHeld(answered(client.send(deletion), 'undoing a creation'));
}
