/** Requests that may be sent again, in the directory: what is needed to answer them the same once more, and no secret. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { IdempotencyLog } from '../domain/client-ports.ts';
import { StoreUnavailable } from '../domain/ports.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import { EXPIRES_AT, idempotencyItem, idempotencyKey, parseIdempotency } from './items.ts';
import { readItem } from './read.ts';

/** Seconds that a request is remembered. */
const KEPT = 24 * 3600;

/** @returns the log. Of many at once that ask with one key, one comes first, and all others go on with its salt. */
export const idempotencyLog = (directory: TableAccess): IdempotencyLog => ({
  async begin(known) {
    const { request, ...item } = known;
    const now = Math.floor(known.at / 1000);
    const put = new PutCommand({
      TableName: directory.table,
      Item: idempotencyItem(request, item, now + KEPT),
      // One that has lapsed may still be there, and counts no more.
      ConditionExpression: 'attribute_not_exists(#pk) OR #expiresAt <= :now',
      ExpressionAttributeNames: { '#pk': 'pk', '#expiresAt': EXPIRES_AT },
      ExpressionAttributeValues: { ':now': now },
    });
    if (await conditionHeld(answered(directory.client.send(put), 'noting a request'))) {
      return { known, isFirst: true };
    }
    const before = await read(directory, request);
    if (before === undefined) throw new StoreUnavailable('a request that was known lapsed just now');
    if (before.fingerprint !== known.fingerprint) return 'reused';
    const { fingerprint, salt, at, of } = before;
    if (before.spent === true || of !== known.of) return 'spent';
    return { known: { request, fingerprint, salt, at, ...(of !== undefined && { of }) }, isFirst: false };
  },
});

/**
 * @param request the hash of its key
 * @returns whether what it created was deleted: the request that is sent again must not create it anew
 * @throws {StoreUnavailable}
 */
export const isSpent = async (directory: TableAccess, request: string): Promise<boolean> =>
  (await read(directory, request))?.spent !== false;

/** Takes note that what a request created is to be deleted. @throws {StoreUnavailable} */
export async function spend({ client, table }: TableAccess, request: string): Promise<void> {
  const update = new UpdateCommand({
    TableName: table,
    Key: idempotencyKey(request),
    UpdateExpression: 'SET #spent = :spent',
    ConditionExpression: 'attribute_exists(#pk)',
    ExpressionAttributeNames: { '#pk': 'pk', '#spent': 'spent' },
    ExpressionAttributeValues: { ':spent': true },
  });
  await conditionHeld(answered(client.send(update), 'noting a deletion'));
}

async function read(directory: TableAccess, request: string) {
  const item = await readItem(directory, idempotencyKey(request), 'reading a request');
  return item === undefined ? undefined : { spent: false, ...parseIdempotency(item) };
}
