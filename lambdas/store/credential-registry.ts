/**
 * How one more credential comes to a client, and how another one ends in its favour. There are no transactions
 * here, so the order of the writes decides what a failure leaves behind:
 *
 *     get client, old       not there: nothing is written
 *     put new               its id is taken: nothing is written
 *     cut the end of old    never to a later one
 *     answer                the secret leaves only now
 *
 * - A stop before the put changes nothing.
 * - A stop after it leaves the old credential as it was, and a new one that nobody can use whom nobody told its
 *   secret. A public key can be used from then on, by the client that it belongs to; trying again finds its id taken.
 * - A stop after the cut leaves the client the old credential for the overlap that was asked for: time to ask once
 *   more. Without an overlap it is over at once, as was asked, and a further credential has to be added.
 * - Cutting first would leave a client whose only credential ends, and none that follows.
 *
 * What cannot be finished is taken back where that is safe: a credential whose put failed, and a secret in any case,
 * since nobody knows it. A public key stays once it was put, because a cut whose answer got lost may have happened.
 * An end is only ever brought forward, so of two replacements at once the earlier end counts, in either order.
 */
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Credential } from '../domain/client.ts';
import type { CredentialRegistry, EndedCredential } from '../domain/ports.ts';
import { deleteOwn } from './creation.ts';
import { answered, conditionFailed, type TableAccess } from './dynamodb.ts';
import {
  clientKey,
  credentialItem,
  credentialKey,
  EXPIRES_AT,
  forgottenAt,
  type Key,
  parseClient,
  parseCredential,
} from './items.ts';

/**
 * @param directory the table of clients
 * @param newCreationId gives an id that no creation had before
 */
export const credentialRegistry = (
  directory: TableAccess,
  newCreationId: () => string,
): CredentialRegistry => ({
  async find(clientId, credentialId) {
    const [client, credential] = await Promise.all([
      get(directory, clientKey(clientId)),
      credentialId === undefined ? undefined : get(directory, credentialKey(clientId, credentialId)),
    ]);
    return {
      ...(client !== undefined && { client: parseClient(client) }),
      ...(credential !== undefined && { credential: parseCredential(credential) }),
    };
  },

  async add(credential, ended) {
    const creation = newCreationId();
    try {
      await put(directory, credential, creation);
    } catch (error) {
      if (conditionFailed(error)) return { outcome: 'taken' };
      await takeBack(directory, credential, creation);
      throw error;
    }
    if (ended === undefined) return { outcome: 'added' };
    try {
      return { outcome: 'added', endedAt: await end(directory, credential.clientId, ended) };
    } catch (error) {
      if (credential.kind !== 'public_key') await takeBack(directory, credential, creation);
      throw error;
    }
  },
});

async function get({ client, table: TableName }: TableAccess, Key: Key) {
  const command = new GetCommand({ TableName, Key, ConsistentRead: true });
  return (await answered(client.send(command), 'reading the directory')).Item;
}

/** A put whose answer got lost is tried again, and knows its own item by the id of its creation. */
const put = ({ client, table }: TableAccess, credential: Credential, creation: string) =>
  answered(
    client.send(
      new PutCommand({
        TableName: table,
        Item: { ...credentialItem(credential), creation },
        ConditionExpression: 'attribute_not_exists(#pk) OR #creation = :creation',
        ExpressionAttributeNames: { '#pk': 'pk', '#creation': 'creation' },
        ExpressionAttributeValues: { ':creation': creation },
      }),
    ),
    'adding a credential',
  );

/** @returns until when the credential is valid, milliseconds since the epoch. */
async function end(
  directory: TableAccess,
  clientId: string,
  { credentialId, until }: EndedCredential,
): Promise<number> {
  const Key = credentialKey(clientId, credentialId);
  try {
    await cut(directory, Key, until);
    return until;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    // Its end had come already, or another one's cut was deeper. Gone altogether is over, too.
    const item = await get(directory, Key);
    return item === undefined ? until : (parseCredential(item).validUntil ?? until);
  }
}

const cut = ({ client, table }: TableAccess, Key: Key, until: number) =>
  answered(
    client.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET #validUntil = :until, #expiresAt = :expiresAt',
        ConditionExpression:
          'attribute_exists(#pk) AND (attribute_not_exists(#validUntil) OR #validUntil > :until)',
        ExpressionAttributeNames: { '#pk': 'pk', '#validUntil': 'validUntil', '#expiresAt': EXPIRES_AT },
        ExpressionAttributeValues: { ':until': until, ':expiresAt': forgottenAt(until) },
      }),
    ),
    'ending a credential',
  );

async function takeBack(directory: TableAccess, { clientId, credentialId }: Credential, creation: string) {
  try {
    await deleteOwn(directory, credentialKey(clientId, credentialId), creation);
  } catch {
    // The failure that led here is the one to report. What is left is a secret that nobody knows, or a key of the
    // client's own that it was meant to have.
  }
}
