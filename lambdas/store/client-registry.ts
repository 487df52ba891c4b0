/**
 * How a client comes into the directory. There are no transactions here, so the order of the writes decides
 * what anyone may see in between, and what is left when the function dies there:
 *
 *     creation A                                   creation B, same client id
 *     put client        if there is none
 *                                                  put client      refused: `exists`, nothing else is written
 *     put credentials   only after that succeeded
 *     answer            the secrets leave only now
 *
 * - A stop after the first put leaves a client that nobody can log in as; after the second, credentials whose
 *   secrets nobody was told.
 * - Credentials first would let B's stand under A's client for a moment, or for ever.
 * - A put whose answer got lost may have happened. So every item carries the id of its creation: the put tried
 *   again knows its own item, and undoing deletes nothing that another creation wrote.
 * - A credential that is written late, after it was undone, finds no client; when the id is taken by a newer
 *   creation in the meantime, it can replace neither the client nor a newer credential.
 */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Client, Credential } from '../domain/client.ts';
import { type ClientRegistry, StoreUnavailable } from '../domain/ports.ts';
import { deleteOwn } from './creation.ts';
import { answered, conditionFailed, type TableAccess } from './dynamodb.ts';
import { clientItem, clientKey, credentialItem, credentialKey, type Key } from './items.ts';

/**
 * @param directory the table of clients
 * @param newCreationId gives an id that no creation had before
 */
export const clientRegistry = (directory: TableAccess, newCreationId: () => string): ClientRegistry => ({
  async create(client, credentials) {
    const creation: Creation = { ...directory, id: newCreationId() };
    try {
      await putClient(creation, client);
    } catch (error) {
      if (conditionFailed(error)) return 'exists';
      await undo(creation, [clientKey(client.clientId)]);
      throw error;
    }
    const written = await Promise.allSettled(
      credentials.map((credential) => putCredential(creation, credential)),
    );
    const failed = written.find((write) => write.status === 'rejected');
    if (failed === undefined) return 'created';
    await undo(creation, [...credentials.map(keyOf), clientKey(client.clientId)]);
    throw conditionFailed(failed.reason) ? overtaken(failed.reason) : failed.reason;
  },
});

const overtaken = (cause: unknown) => new StoreUnavailable('a newer creation has the client', { cause });

interface Creation extends TableAccess {
  id: string;
}

const putClient = ({ client: dynamodb, table, id }: Creation, client: Client) =>
  answered(
    dynamodb.send(
      new PutCommand({
        TableName: table,
        Item: { ...clientItem(client), creation: id },
        ConditionExpression: 'attribute_not_exists(#pk) OR #creation = :creation',
        ExpressionAttributeNames: { '#pk': 'pk', '#creation': 'creation' },
        ExpressionAttributeValues: { ':creation': id },
      }),
    ),
    'creating a client',
  );

const putCredential = ({ client: dynamodb, table, id }: Creation, credential: Credential) =>
  answered(
    dynamodb.send(
      new PutCommand({
        TableName: table,
        Item: { ...credentialItem(credential), creation: id },
        ConditionExpression: 'attribute_not_exists(#pk) OR #createdAt <= :createdAt',
        ExpressionAttributeNames: { '#pk': 'pk', '#createdAt': 'createdAt' },
        ExpressionAttributeValues: { ':createdAt': credential.createdAt },
      }),
    ),
    'creating a credential',
  );

const keyOf = ({ clientId, credentialId }: Credential): Key => credentialKey(clientId, credentialId);

/** Deletes in the order given what this creation wrote; the client last, so that its id is free only then. */
async function undo(creation: Creation, keys: readonly Key[]): Promise<void> {
  try {
    for (const key of keys) await deleteOwn(creation, key, creation.id);
  } catch {
    // The failure that led here is the one to report. What is left lets nobody in, see above.
  }
}
