/** Which assertions were used: one write decides about each. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AssertionLog } from '../domain/ports.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import { assertionItem } from './items.ts';

/**
 * @param newUse makes an id that no other use has
 * @returns the log of assertions. Each use is one conditional `PutItem`, and nothing is read before it. Two requests,
 *   A and B, with the same assertion at once:
 *
 *       A puts: nothing is there         first
 *       B puts: A's use is there         replayed
 *
 *   A alone, whose answer gets lost, so that the SDK sends the same write again:
 *
 *       A puts: nothing is there         (lost)
 *       A puts: its own use is there     first
 *
 *   Where all of A's answers get lost, A hears 503, and the assertion may be used up: the next needs a new one.
 */
export const assertionLog = ({ client, table }: TableAccess, newUse: () => string): AssertionLog => ({
  async use(assertion) {
    const use = newUse();
    const put = new PutCommand({
      TableName: table,
      Item: assertionItem(assertion, use),
      ConditionExpression: 'attribute_not_exists(#pk) OR #use = :use',
      ExpressionAttributeNames: { '#pk': 'pk', '#use': 'use' },
      ExpressionAttributeValues: { ':use': use },
    });
    const isFirst = await conditionHeld(answered(client.send(put), 'taking note of an assertion'));
    return isFirst ? 'first' : 'replayed';
  },
});
