/** How the credentials of a client are listed, changed and ended: one write each, which finds them as they were read. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Credential } from '../domain/client.ts';
import type { ListPage } from '../domain/client-ports.ts';
import type { ClientRecord, CredentialRecord } from '../domain/client-record.ts';
import { answered, conditionHeld, namesIn, type TableAccess, valuesIn } from './dynamodb.ts';
import {
  clientKey,
  credentialKey,
  EXPIRES_AT,
  forgottenAt,
  isOfAnother,
  isStill,
  parseCredentialRecord,
} from './items.ts';
import { itemsOf } from './query.ts';

/** @returns those of this client, by their ids, and the one after which the next page begins. @throws {StoreUnavailable} */
export async function listCredentials(
  directory: TableAccess,
  { client: { clientId }, creation }: ClientRecord,
  { after, limit }: ListPage,
): Promise<{ credentials: CredentialRecord[]; next?: string }> {
  const begin = after === undefined ? FIRST : credentialKey(clientId, after).sk;
  const { pk: partition } = clientKey(clientId);
  const where = { condition: '#sk BETWEEN :begin AND :end', values: { ':begin': begin, ':end': BEHIND } };
  const query = { partition, where, pageSize: limit + 2, what: 'listing credentials' };
  const credentials: CredentialRecord[] = [];
  for await (const item of itemsOf(directory, query)) {
    if (item.sk === begin || isOfAnother({ creation }, item)) continue;
    if (credentials.length === limit) {
      return { credentials, next: credentials.at(-1)?.credential.credentialId ?? '' };
    }
    credentials.push(parseCredentialRecord(item));
  }
  return { credentials };
}

/** `#` separates the parts of a key, and `$` is the character after it. */
const FIRST = 'CREDENTIAL#';
const BEHIND = 'CREDENTIAL$';

/**
 * Two operators at once: both have read revision 1, one writes 2, the other's condition fails, and it reads anew. So a
 * credential that was revoked meanwhile is not enabled.
 *
 * @param revision that it gets
 * @throws {StoreUnavailable}
 */
export async function changeCredential(
  directory: TableAccess,
  record: CredentialRecord,
  { state, validUntil }: Pick<Credential, 'state' | 'validUntil'>,
  revision: string,
): Promise<CredentialRecord | 'changed_meanwhile'> {
  const { validUntil: _, ...rest } = record.credential;
  const credential: Credential = { ...rest, state, ...(validUntil !== undefined && { validUntil }) };
  const set = 'SET #state = :state, #revision = :revision';
  const written =
    validUntil === undefined
      ? update(
          directory,
          record,
          { expression: `${set} REMOVE #validUntil, #expiresAt`, of: record.revision },
          {
            ...{ state, revision },
          },
        )
      : update(
          directory,
          record,
          { expression: `${set}, #validUntil = :validUntil, #expiresAt = :expiresAt`, of: record.revision },
          { state, revision, validUntil, [EXPIRES_AT]: forgottenAt(validUntil) },
        );
  return (await conditionHeld(written)) ? { ...record, credential, revision } : 'changed_meanwhile';
}

/** @returns whether it is revoked now; one that was keeps the time of that. @throws {StoreUnavailable} */
export async function revokeCredential(
  directory: TableAccess,
  record: CredentialRecord,
  { now, revision, next }: { now: number; revision: string | undefined; next: string },
): Promise<'revoked' | 'changed_meanwhile'> {
  const values = { state: 'revoked', revokedAt: now, revision: next, [EXPIRES_AT]: forgottenAt(now) };
  const written = update(
    directory,
    record,
    { expression: REVOKE, ...(revision && { of: revision }) },
    values,
  );
  return (await conditionHeld(written)) ? 'revoked' : 'changed_meanwhile';
}

const REVOKE =
  'SET #state = :state, #revokedAt = if_not_exists(#revokedAt, :revokedAt),' +
  ' #revision = :revision, #expiresAt = :expiresAt';

/** @param of the revision that it has to have still; where it is absent it only has to be there */
function update(
  { client, table }: TableAccess,
  { credential: { clientId, credentialId } }: CredentialRecord,
  { expression, of }: { expression: string; of?: string },
  values: Readonly<Record<string, string | number>>,
) {
  const still =
    of === undefined
      ? { condition: 'attribute_exists(#pk)', values: {} }
      : isStill(of, String(values.revision));
  const command = new UpdateCommand({
    TableName: table,
    Key: credentialKey(clientId, credentialId),
    UpdateExpression: expression,
    ConditionExpression: still.condition,
    ExpressionAttributeNames: namesIn(expression, still.condition),
    ExpressionAttributeValues: {
      ...still.values,
      ...valuesIn(values),
    },
  });
  return answered(client.send(command), 'changing a credential');
}
