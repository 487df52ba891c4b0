/**
 * How one more credential comes to a client, and how another one ends in its favour. There are no transactions
 * here, so the order of the writes decides what a failure leaves behind:
 *
 *     get client, old       not there: nothing is written
 *     put new               its id is taken: nothing is written
 *     get client            deleted meanwhile: new is taken back
 *     cut the end of old    never to a later one
 *     answer                the secret leaves only now
 *
 * - A stop before the put changes nothing.
 * - A stop after it leaves the old credential as it was, and a new one that nobody can use whom nobody told its
 *   secret. A public key can be used from then on, by the client that it belongs to; trying again finds its id taken.
 * - A stop after the cut leaves the client the old credential for the overlap that was asked for: time to ask once
 *   more. Without an overlap it is over at once, as was asked, and a further credential has to be added.
 * - The same request again, under its idempotency key, goes on wherever it stopped: it makes the same credential, and
 *   cuts once, however often it is sent. What was changed since keeps its change.
 * - Cutting first would leave a client whose only credential ends, and none that follows.
 * - A deletion of the client disables it before it looks for credentials. So it finds the new one, or the second look
 *   at the client finds that it is being deleted. Of a function that died in between, a credential may be left: it
 *   names the creation of its client, so it is none of the next client of that id.
 *
 * What cannot be finished is taken back where that is safe: a credential whose put failed, and a secret in any case,
 * since nobody knows it. A public key stays once it was put, because a cut whose answer got lost may have happened.
 * What can be sent again stays as well. An end is only ever brought forward, so of two replacements at once the
 * earlier end counts, in either order.
 */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Credential } from '../domain/client.ts';
import type {
  Creation,
  CredentialAddition,
  CredentialRegistry,
  EndedCredential,
} from '../domain/client-ports.ts';
import { type ClientRecord, isSameProof } from '../domain/client-record.ts';
import { deleteOwn } from './creation.ts';
import { changeCredential, listCredentials, revokeCredential } from './credential-changes.ts';
import { answered, conditionFailed, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import {
  clientKey,
  credentialItem,
  credentialKey,
  forgottenAt,
  isOfAnother,
  type Key,
  parseClientRecord,
  parseCredential,
  parseCredentialRecord,
} from './items.ts';
import { readItem } from './read.ts';

/**
 * @param directory the table of clients
 * @param newId gives an id that no creation or revision had before
 */
export const credentialRegistry = (directory: TableAccess, newId: () => string): CredentialRegistry => ({
  async find(clientId, credentialId) {
    const [client, credential] = await Promise.all([
      get(directory, clientKey(clientId)),
      credentialId === undefined ? undefined : get(directory, credentialKey(clientId, credentialId)),
    ]);
    const isItsOwn = credential !== undefined && !isOfAnother(client, credential);
    return {
      ...(client !== undefined && { client: parseClientRecord(client) }),
      ...(isItsOwn && { credential: parseCredentialRecord(credential) }),
    };
  },

  add: (client, credential, ended, creation = { id: newId() }) =>
    add({ ...directory, ...creation, of: client, credential, ...(ended !== undefined && { ended }) }),

  list: (client, page) => listCredentials(directory, client, page),
  change: (record, changed) => changeCredential(directory, record, changed, newId()),
  revoke: (record, now, revision) => revokeCredential(directory, record, { now, revision, next: newId() }),
});

interface Addition extends TableAccess, Creation {
  of: ClientRecord;
  credential: Credential;
  ended?: EndedCredential;
}

async function add(addition: Addition): Promise<CredentialAddition> {
  const { credential, ended, id: revision, request } = addition;
  try {
    if ((await put(addition)) === 'taken') return { outcome: 'taken' };
    if (!(await isThere(addition))) {
      await takeBack(addition);
      return { outcome: 'gone' };
    }
  } catch (error) {
    if (request === undefined) await takeBack(addition);
    throw error;
  }
  if (ended === undefined) return { outcome: 'added', revision };
  try {
    return { outcome: 'added', revision, endedAt: await end(addition, ended) };
  } catch (error) {
    if (credential.kind !== 'public_key' && request === undefined) await takeBack(addition);
    throw error;
  }
}

const get = (directory: TableAccess, key: Key) => readItem(directory, key, 'reading the directory');

/**
 * A put whose answer got lost is tried again, and knows its own item by its revision; one that was changed since, by
 * its creation. What is left of another client of that id is replaced.
 */
async function put(addition: Addition): Promise<'put' | 'taken'> {
  const { client, table, id, of, credential } = addition;
  const written = client.send(
    new PutCommand({
      TableName: table,
      Item: { ...credentialItem(credential), creation: id, revision: id, ...lifeOf(of) },
      ConditionExpression: FREE,
      ExpressionAttributeNames: namesIn(FREE),
      ExpressionAttributeValues: { ':revision': id, ':clientCreation': of.creation },
    }),
  );
  if (await conditionHeld(answered(written, 'adding a credential'))) return 'put';
  const item = await get(addition, credentialKey(credential.clientId, credential.credentialId));
  const isOwn = item?.creation === id && isSameProof(parseCredential(item), credential);
  return isOwn ? 'put' : 'taken';
}

const FREE =
  'attribute_not_exists(#pk) OR #revision = :revision' +
  ' OR (attribute_exists(#clientCreation) AND #clientCreation <> :clientCreation)';

/** A client that is older than creations has none to name. */
const lifeOf = ({ creation }: ClientRecord) => creation !== '0' && { clientCreation: creation };

async function isThere(addition: Addition): Promise<boolean> {
  const { of } = addition;
  const item = await get(addition, clientKey(of.client.clientId));
  const is = item === undefined ? undefined : parseClientRecord(item);
  return is?.creation === of.creation && is.phase !== 'deleting';
}

/** @returns until when the credential is valid, milliseconds since the epoch. */
async function end(addition: Addition, ended: EndedCredential): Promise<number> {
  const Key = credentialKey(addition.credential.clientId, ended.credentialId);
  try {
    await cut(addition, Key, ended.until);
    return ended.until;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    // Its end had come already, another one's cut was deeper, or this one has been made. Gone altogether is over, too.
    const item = await get(addition, Key);
    return item === undefined ? ended.until : (parseCredential(item).validUntil ?? ended.until);
  }
}

/** It notes who cut: an operator who gives it more time afterwards is not overruled by a request that is sent again. */
const cut = ({ client, table, id }: Addition, Key: Key, until: number) =>
  answered(
    client.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: CUT,
        ConditionExpression: LONGER,
        ExpressionAttributeNames: namesIn(CUT, LONGER),
        ExpressionAttributeValues: {
          ...{ ':validUntil': until, ':expiresAt': forgottenAt(until) },
          // Another revision than any before it, and the same for the same cut.
          ...{ ':creation': id, ':revision': `${id}-cut` },
        },
      }),
    ),
    'ending a credential',
  );

const CUT =
  'SET #validUntil = :validUntil, #expiresAt = :expiresAt, #endedBy = :creation, #revision = :revision';
const LONGER =
  'attribute_exists(#pk) AND (attribute_not_exists(#validUntil) OR #validUntil > :validUntil)' +
  ' AND (attribute_not_exists(#endedBy) OR #endedBy <> :creation)';

async function takeBack(addition: Addition) {
  const { clientId, credentialId } = addition.credential;
  try {
    await deleteOwn(addition, credentialKey(clientId, credentialId), addition.id);
  } catch {
    // The failure that led here is the one to report. What is left is a secret that nobody knows, or a key of the
    // client's own that it was meant to have.
  }
}
