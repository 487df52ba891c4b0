/** The table of clients and credentials, as a login sees it: one read, and the count of failures. */
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { FAILURES_LAPSE_AFTER } from '../domain/lockout.ts';
import { type ClientReader, type Directory, StoreUnavailable } from '../domain/ports.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import {
  attemptsKey,
  clientKey,
  credentialKey,
  EXPIRES_AT,
  isOfAnother,
  type Key,
  parseAttempts,
  parseClient,
  parseCredential,
  parseVerifier,
  verifierKey,
} from './items.ts';
import { readItems } from './read.ts';

/**
 * @returns the directory. A read is one strongly consistent `BatchGetItem` of exactly three keys, four with the
 *   verifier, whatever is there, and what DynamoDB left unprocessed counts as not read; a failure is one `UpdateItem`.
 */
export const directory = (table: TableAccess): Directory => ({
  async lookUp(clientId, credentialId, more) {
    const keys = {
      client: clientKey(clientId),
      credential: credentialKey(clientId, credentialId),
      attempts: attemptsKey(clientId),
      ...(more !== undefined && { verifier: verifierKey(clientId, credentialId) }),
    };
    const items = await read(table, Object.values(keys));
    const itemOf = (key?: Key) => items.find((item) => item.pk === key?.pk && item.sk === key?.sk);
    const client = itemOf(keys.client);
    const kept = itemOf(keys.credential);
    const credential = kept !== undefined && isOfAnother(client, kept) ? undefined : kept;
    const attempts = itemOf(keys.attempts);
    const verifier = itemOf(keys.verifier);
    return {
      ...(client !== undefined && { client: parseClient(client) }),
      ...(credential !== undefined && { credential: parseCredential(credential) }),
      ...(attempts !== undefined && { attempts: parseAttempts(attempts) }),
      ...(verifier !== undefined && { verifier: parseVerifier(verifier) }),
    };
  },

  async countFailure(clientId, now) {
    // An item that has lapsed may still be there, and must not be added to. Two writers who both see it so:
    //   A adds: refused, lapsed    B adds: refused, lapsed
    //   A restarts at 1            B restarts: refused, A's is fresh    B adds: 2
    for (const step of [ADD, RESTART, ADD]) if (await update(table, clientId, now, step)) return;
    throw new StoreUnavailable('counting a failure was left unfinished');
  },

  async clearFailures(clientId) {
    const deletion = new DeleteCommand({ TableName: table.table, Key: attemptsKey(clientId) });
    await answered(table.client.send(deletion), 'clearing failures');
  },
});

/** @returns the clients alone, for whoever knows by other means that one is meant. */
export const clientReader = (table: TableAccess): ClientReader => ({
  async find(clientId) {
    const [item] = await read(table, [clientKey(clientId)]);
    return item === undefined ? undefined : parseClient(item);
  },
});

const read = (table: TableAccess, keys: Key[]) => readItems(table, keys, 'reading the directory');

const ADD = {
  UpdateExpression: 'SET #lastAt = :now, #expiresAt = :expiresAt ADD #count :one',
  ConditionExpression: 'attribute_not_exists(#lastAt) OR #lastAt > :lapsed',
};

const RESTART = {
  UpdateExpression: 'SET #lastAt = :now, #expiresAt = :expiresAt, #count = :one',
  ConditionExpression: '#lastAt <= :lapsed',
};

/** @returns whether the condition held. */
function update(
  { client, table }: TableAccess,
  clientId: string,
  now: number,
  step: typeof ADD,
): Promise<boolean> {
  const command = new UpdateCommand({
    TableName: table,
    Key: attemptsKey(clientId),
    ...step,
    ExpressionAttributeNames: { '#lastAt': 'lastAt', '#expiresAt': EXPIRES_AT, '#count': 'count' },
    ExpressionAttributeValues: {
      ':now': now,
      ':expiresAt': Math.ceil(now / 1000) + FAILURES_LAPSE_AFTER,
      ':one': 1,
      ':lapsed': now - FAILURES_LAPSE_AFTER * 1000,
    },
  });
  return conditionHeld(answered(client.send(command), 'counting a failure'));
}
