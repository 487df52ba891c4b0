/** What is usual of clients. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { HabitBook } from '../domain/ledger/ports.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import { habitsItem, habitsKey, parseHabits } from './items.ts';
import { readItem } from './read.ts';

const NOT_YET = 'attribute_not_exists(#hour) OR #hour < :hour';

/** @returns the book: one `GetItem`, one conditional `PutItem`; an hour that is in it is not put into it again. */
export const habitBook = ({ client, table }: TableAccess): HabitBook => ({
  async find(clientId) {
    const item = await readItem({ client, table }, habitsKey(clientId), 'reading what is usual');
    return item === undefined ? undefined : parseHabits(item);
  },

  async put(clientId, habits) {
    const put = new PutCommand({
      TableName: table,
      Item: habitsItem(clientId, habits),
      ConditionExpression: NOT_YET,
      ExpressionAttributeNames: namesIn(NOT_YET),
      ExpressionAttributeValues: { ':hour': habits.hour },
    });
    return conditionHeld(answered(client.send(put), 'writing what is usual'));
  },
});
