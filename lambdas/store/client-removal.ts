/**
 * How a client is deleted. There are no transactions here, so what keeps others out comes first, and each step can be
 * repeated: a deletion that stopped anywhere is completed by the next one.
 *
 *     disable client, mark it    if it is as it was read
 *     revoke its tokens          in the ledger, by whoever calls this
 *     spend its request          so that it is not created anew by being sent again
 *     delete verifiers, credentials
 *     delete client              if it is still marked
 *     delete marker              if it is this creation's
 *
 * - A stop after the first step leaves a client that nobody can log in as, and that says that its deletion is not
 *   finished.
 * - Two operators at once both take the steps, and both are told that it is deleted. One who enables it meanwhile takes
 *   the mark away: the client stays, and whoever deletes it hears of that.
 * - A creation that is sent again while it is deleted, by its idempotency key:
 *
 *       retry                                   deletion
 *       the request is known, and not spent
 *                                               spend, delete client
 *       put client, disabled: there is none
 *       is it spent? yes: taken back
 *
 *   It can put the client only after the deletion has taken it away, and by then the request is spent. If it had asked
 *   before, its client would be there, and be deleted.
 * - A credential that is added meanwhile is put before its client is looked at once more, see `credential-registry.ts`:
 *   either it is among those that are deleted here, or it is taken back there.
 * - The id can be registered again as soon as the client is gone. Whatever is deleted after that is so only where it is
 *   of this creation.
 */
import { DeleteCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ClientRemoval } from '../domain/client-ports.ts';
import type { ClientRecord, CredentialRecord } from '../domain/client-record.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import { spend } from './idempotency.ts';
import {
  cameOf,
  clientKey,
  credentialKey,
  isOfAnother,
  isStill,
  type Key,
  markerKey,
  parseClientRecord,
  parseCredentialRecord,
  parseMarker,
  verifierKey,
} from './items.ts';
import { pagesOf } from './query.ts';
import { readItem } from './read.ts';

/**
 * @param directory the table of clients
 * @param newRevision gives one that no client had before
 */
export const clientRemoval = (directory: TableAccess, newRevision: () => string): ClientRemoval => ({
  async begin(record, revision) {
    const begun = await conditionHeld(disable(directory, record, newRevision(), revision));
    return begun ? 'begun' : 'changed_meanwhile';
  },

  async finish(record) {
    const { client, creation, request } = record;
    if (request !== undefined) await spend(directory, request);
    await deleteCredentials(directory, record);
    if ((await deleteClient(directory, record)) === 'kept') return 'kept';
    await deleteWhere(directory, markerKey(client.clientId), cameOf(creation));
    return 'deleted';
  },

  async sweep(clientId) {
    // In this order: whoever creates the client puts it before its marker.
    const marker = await readMarker(directory, clientId);
    if (marker === undefined || (await get(directory, clientKey(clientId))) !== undefined) return;
    await deleteWhere(directory, markerKey(clientId), cameOf(marker.creation ?? '0'));
  },
});

function disable(
  { client: dynamodb, table }: TableAccess,
  { client, creation }: ClientRecord,
  next: string,
  revision: string | undefined,
) {
  const still = revision === undefined ? cameOf(creation) : isStill(revision, next);
  const update = 'SET #state = :disabled, #phase = :deleting, #revision = :revision';
  const command = new UpdateCommand({
    TableName: table,
    Key: clientKey(client.clientId),
    UpdateExpression: update,
    ConditionExpression: still.condition,
    ExpressionAttributeNames: namesIn(update, still.condition),
    ExpressionAttributeValues: {
      ...still.values,
      ...{ ':disabled': 'disabled', ':deleting': 'deleting', ':revision': next },
    },
  });
  return answered(dynamodb.send(command), 'disabling a client');
}

/** Those of this client: by now there may be another one of its id, with credentials of its own. */
async function deleteCredentials(directory: TableAccess, { client, creation }: ClientRecord): Promise<void> {
  const where = { condition: 'begins_with(#sk, :credential)', values: { ':credential': 'CREDENTIAL#' } };
  const { pk: partition } = clientKey(client.clientId);
  const what = 'reading credentials';
  for await (const page of pagesOf(directory, { partition, where, pageSize: AT_ONCE, what })) {
    const own = page.filter((item) => !isOfAnother({ creation }, item)).map(parseCredentialRecord);
    await Promise.all(own.map((record) => deleteCredential(directory, record)));
  }
}

const AT_ONCE = 20;

/** The verifier first: what leads to it is the credential. */
async function deleteCredential(directory: TableAccess, { credential, creation }: CredentialRecord) {
  const { clientId, credentialId, kind, createdAt } = credential;
  if (kind === 'password') {
    // Of nobody who was imported anew under this id meanwhile.
    const older = { condition: '#createdAt <= :createdAt', values: { ':createdAt': createdAt } };
    await deleteWhere(directory, verifierKey(clientId, credentialId), older);
  }
  await deleteWhere(directory, credentialKey(clientId, credentialId), cameOf(creation));
}

async function deleteClient(directory: TableAccess, record: ClientRecord): Promise<'deleted' | 'kept'> {
  const Key = clientKey(record.client.clientId);
  const same = cameOf(record.creation);
  const marked = {
    condition: `${same.condition} AND #phase = :deleting`,
    values: { ...same.values, ':deleting': 'deleting' },
  };
  if (await deleteWhere(directory, Key, marked)) return 'deleted';
  const item = await get(directory, Key);
  const is = item === undefined ? undefined : parseClientRecord(item);
  return is?.creation === record.creation ? 'kept' : 'deleted';
}

interface Condition {
  condition: string;
  values: Record<string, string | number>;
}

/** @returns whether the condition held. */
function deleteWhere({ client, table }: TableAccess, Key: Key, { condition, values }: Condition) {
  const deletion = new DeleteCommand({
    TableName: table,
    Key,
    ConditionExpression: condition,
    ExpressionAttributeNames: namesIn(condition),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  });
  return conditionHeld(answered(client.send(deletion), 'deleting a client'));
}

const get = (directory: TableAccess, key: Key) => readItem(directory, key, 'reading the directory');

/** By a query, which whoever lists clients may make. */
async function readMarker({ client, table }: TableAccess, clientId: string) {
  const { pk, sk } = markerKey(clientId);
  const condition = '#pk = :pk AND #sk = :sk';
  const query = new QueryCommand({
    TableName: table,
    KeyConditionExpression: condition,
    ExpressionAttributeNames: namesIn(condition),
    ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
    ConsistentRead: true,
  });
  const { Items = [] } = await answered(client.send(query), 'reading a marker');
  return Items[0] === undefined ? undefined : parseMarker(Items[0]);
}
