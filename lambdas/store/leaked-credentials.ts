/** Credentials in the directory, as whoever looks for a leaked one sees them: found, and ended for good. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SecretCredential } from '../domain/client.ts';
import type { LeakedCredentials } from '../domain/leak.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import {
  CLIENTS,
  credentialKey,
  EXPIRES_AT,
  forgottenAt,
  type Key,
  parseCredential,
  parseMarker,
} from './items.ts';
import { pagesOf } from './query.ts';
import { readItem, readItems } from './read.ts';

/** Keys of a read: DynamoDB takes no more. */
const BATCH = 100;

/** @param newRevision gives what no change had before */
export const leakedCredentials = (directory: TableAccess, newRevision: () => string): LeakedCredentials => ({
  find: (clientId, credentialId) => find(directory, credentialKey(clientId, credentialId)),

  async *named(credentialId) {
    const page = { partition: CLIENTS, pageSize: BATCH, what: 'reading the list of clients' };
    for await (const markers of pagesOf(directory, page)) {
      const keys = markers.map((marker) => credentialKey(parseMarker(marker).clientId, credentialId));
      yield await batch(directory, keys);
    }
  },

  async end(credential, now) {
    const { clientId, credentialId, hash } = credential;
    const Key = credentialKey(clientId, credentialId);
    const update = new UpdateCommand({
      TableName: directory.table,
      Key,
      UpdateExpression: SET,
      ConditionExpression: CONDITION,
      ExpressionAttributeNames: namesIn(SET, CONDITION),
      ExpressionAttributeValues: {
        ...{ ':revoked': 'revoked', ':now': now, ':revision': newRevision(), ':hash': hash },
        ':expiresAt': forgottenAt(now),
      },
    });
    const ended = await conditionHeld(answered(directory.client.send(update), 'ending a credential'));
    if (ended) return { outcome: 'revoked', revokedAt: now };
    const found = await find(directory, Key);
    if (found?.hash !== hash) return { outcome: 'unknown' };
    return { outcome: 'already_revoked', revokedAt: found.revokedAt ?? found.createdAt };
  },
});

const SET = `SET #state = :revoked, #revokedAt = :now, #revision = :revision, #${EXPIRES_AT} = :expiresAt`;
/** A credential that has another secret by now is another one. The first end is the one that counts. */
const CONDITION = '#hash = :hash AND #state <> :revoked';

async function find(directory: TableAccess, key: Key): Promise<SecretCredential | undefined> {
  const item = await readItem(directory, key, 'reading a credential');
  return item === undefined ? undefined : secretIn(item);
}

async function batch(directory: TableAccess, keys: Key[]): Promise<SecretCredential[]> {
  if (keys.length === 0) return [];
  const items = await readItems(directory, keys, 'reading credentials');
  return items.flatMap((item) => secretIn(item) ?? []);
}

function secretIn(item: unknown): SecretCredential | undefined {
  const credential = parseCredential(item);
  return credential.kind === 'public_key' ? undefined : credential;
}
