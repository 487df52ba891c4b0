/**
 * How a client comes into the directory. There are no transactions here, so the order of the writes decides
 * what anyone may see in between, and what is left when the function dies there:
 *
 *     creation A                                        creation B, same client id
 *     put client, disabled  if there is none
 *                                                       put client      refused: `exists`, nothing else is written
 *     put marker            it is listed from here on
 *     put verifiers         of secrets that come from another system
 *     put credentials
 *     was it deleted?       only of a request that may be sent again
 *     enable client         if it is A's, and still being created
 *     answer                the secrets leave only now
 *
 * - A stop before the enabling leaves a client that nobody can log in as, and that can be deleted. The same request
 *   again, under its idempotency key, goes on with it: all that it writes is the same, so whatever is there already is
 *   as good as what it would write. The loser of a race never touches the marker of the winner.
 * - Credentials first would let B's stand under A's client for a moment, or for ever.
 * - A put whose answer got lost may have happened. So every item carries the id of its creation: the put tried
 *   again knows its own item, and undoing deletes nothing that another creation wrote.
 * - What was changed since has another revision than its creation gave it, and is not written again.
 * - A client that is deleted meanwhile cannot be enabled, whatever of it was put afterwards; see `client-removal.ts`
 *   for the request that is sent again after that. Credentials that are left name the creation of their client, so
 *   they are none of the next client of that id.
 */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Client, Credential, Verifier } from '../domain/client.ts';
import type { ClientRegistry, Creation } from '../domain/client-ports.ts';
import { isSameProof } from '../domain/client-record.ts';
import { StoreUnavailable } from '../domain/ports.ts';
import { changeClient } from './client-changes.ts';
import { listClients } from './client-list.ts';
import { deleteOwn } from './creation.ts';
import { answered, conditionFailed, conditionHeld, type TableAccess } from './dynamodb.ts';
import { isSpent } from './idempotency.ts';
import {
  clientItem,
  clientKey,
  credentialItem,
  credentialKey,
  type Key,
  markerItem,
  markerKey,
  parseClientRecord,
  parseCredential,
  verifierKey,
} from './items.ts';
import { readItem } from './read.ts';
import { putVerifier } from './verifiers.ts';

/**
 * @param directory the table of clients
 * @param newId gives an id that no creation or revision had before
 */
export const clientRegistry = (directory: TableAccess, newId: () => string): ClientRegistry => ({
  async create(client, credentials, creation = { id: newId() }) {
    const { verifiers = [] } = creation;
    const asked = { ...directory, ...creation, clientId: client.clientId, credentials, verifiers };
    try {
      const begun = await begin(asked, client);
      if (begun === 'exists') return 'exists';
      if (begun === 'whole') return (await hasAll(asked)) ? 'created' : 'gone';
      if (await complete(asked)) return 'created';
    } catch (error) {
      if (creation.request === undefined) await undo(asked);
      throw error;
    }
    await undo(asked);
    return 'gone';
  },

  async find(clientId) {
    const item = await get(directory, clientKey(clientId));
    return item === undefined ? undefined : parseClientRecord(item);
  },

  list: (page) => listClients(directory, page),
  change: (record, changed) => changeClient(directory, record, changed, newId()),
});

interface Asked extends TableAccess, Creation {
  clientId: string;
  credentials: readonly Credential[];
  verifiers: readonly Verifier[];
}

/** @returns `begun` where there is something left to do, `whole` where another try of this creation did all of it. */
async function begin(asked: Asked, client: Client, tries = 2): Promise<'begun' | 'whole' | 'exists'> {
  if (await conditionHeld(putClient(asked, client))) return 'begun';
  const item = await get(asked, clientKey(client.clientId));
  if (item === undefined) {
    if (tries > 1) return begin(asked, client, tries - 1);
    throw new StoreUnavailable('a client comes and goes');
  }
  const { creation, phase } = parseClientRecord(item);
  if (creation !== asked.id) return 'exists';
  return phase === 'creating' ? 'begun' : 'whole';
}

function putClient({ client: dynamodb, table, id, request }: Asked, client: Client) {
  const revision = `${id}-creating`;
  const phase = { state: 'disabled', creation: id, revision, phase: 'creating' };
  const put = new PutCommand({
    TableName: table,
    Item: { ...clientItem(client), ...phase, ...(request !== undefined && { request }) },
    ConditionExpression: 'attribute_not_exists(#pk) OR #revision = :revision',
    ExpressionAttributeNames: { '#pk': 'pk', '#revision': 'revision' },
    ExpressionAttributeValues: { ':revision': revision },
  });
  return answered(dynamodb.send(put), 'creating a client');
}

/** @returns whether it was completed: not, where the client was deleted meanwhile. */
async function complete(asked: Asked): Promise<boolean> {
  await putMarker(asked);
  const verified = await Promise.allSettled(
    asked.verifiers.map((each) => putVerifier(asked, each, asked.id)),
  );
  const written = await Promise.allSettled(asked.credentials.map((each) => putCredential(asked, each)));
  const failed = [...verified, ...written].find((write) => write.status === 'rejected');
  if (failed !== undefined) throw conditionFailed(failed.reason) ? overtaken(failed.reason) : failed.reason;
  if (asked.request !== undefined && (await isSpent(asked, asked.request))) return false;
  return enable(asked);
}

const overtaken = (cause: unknown) => new StoreUnavailable('a newer creation has the client', { cause });

const putMarker = ({ client, table, clientId, id }: Asked) =>
  answered(
    client.send(new PutCommand({ TableName: table, Item: markerItem(clientId, id) })),
    'marking a client',
  );

/** One of another creation that is older is left of a client that is no more. */
async function putCredential(asked: Asked, credential: Credential): Promise<void> {
  const { client: dynamodb, table, id } = asked;
  const put = new PutCommand({
    TableName: table,
    Item: { ...credentialItem(credential), creation: id, revision: id, clientCreation: id },
    ConditionExpression: 'attribute_not_exists(#pk) OR #createdAt < :createdAt OR #revision = :creation',
    ExpressionAttributeNames: { '#pk': 'pk', '#createdAt': 'createdAt', '#revision': 'revision' },
    ExpressionAttributeValues: { ':createdAt': credential.createdAt, ':creation': id },
  });
  try {
    await answered(dynamodb.send(put), 'creating a credential');
  } catch (error) {
    if (!conditionFailed(error) || !(await has(asked, credential))) throw error;
  }
}

/** What the marker and the credentials stand for begins with this write. */
async function enable(asked: Asked): Promise<boolean> {
  const update = new UpdateCommand({
    TableName: asked.table,
    Key: clientKey(asked.clientId),
    UpdateExpression: 'SET #state = :active, #revision = :creation REMOVE #phase',
    ConditionExpression: '#creation = :creation AND #phase = :creating',
    ExpressionAttributeNames: {
      ...{ '#state': 'state', '#revision': 'revision', '#phase': 'phase', '#creation': 'creation' },
    },
    ExpressionAttributeValues: { ':active': 'active', ':creation': asked.id, ':creating': 'creating' },
  });
  if (await conditionHeld(answered(asked.client.send(update), 'enabling a client'))) return true;
  // The answer of the first try got lost, or an operator has decided about it already.
  const item = await get(asked, clientKey(asked.clientId));
  const record = item === undefined ? undefined : parseClientRecord(item);
  return record?.creation === asked.id && record.phase !== 'deleting';
}

async function hasAll(asked: Asked): Promise<boolean> {
  const there = await Promise.all(asked.credentials.map((credential) => has(asked, credential)));
  return !there.includes(false);
}

/** Of the same creation, and with the same secret: whatever is told of it now was told before. */
async function has(asked: Asked, credential: Credential): Promise<boolean> {
  const item = await get(asked, keyOf(credential));
  return item?.creation === asked.id && isSameProof(parseCredential(item), credential);
}

const get = (directory: TableAccess, key: Key) => readItem(directory, key, 'reading the directory');

const keyOf = ({ clientId, credentialId }: Credential): Key => credentialKey(clientId, credentialId);
const verifierKeyOf = ({ clientId, credentialId }: Verifier): Key => verifierKey(clientId, credentialId);

/** Deletes in this order what this creation wrote; the client last, so that its id is free only then. */
async function undo(asked: Asked): Promise<void> {
  const secrets = [...asked.credentials.map(keyOf), ...asked.verifiers.map(verifierKeyOf)];
  const keys = [...secrets, markerKey(asked.clientId), clientKey(asked.clientId)];
  try {
    for (const key of keys) await deleteOwn(asked, key, asked.id);
  } catch {
    // The failure that led here is the one to report. What is left lets nobody in, see above.
  }
}
