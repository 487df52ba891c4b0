/** Hashes that came from another system, as a login replaces them. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Verifier } from '../domain/client.ts';
import type { Verifiers } from '../domain/ports.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import { verifierItem, verifierKey } from './items.ts';

/** @returns what replaces them: of two logins at once one does, and a verifier that is gone does not come back. */
export const verifiers = ({ client, table }: TableAccess): Verifiers => ({
  async replace({ clientId, credentialId, hash: old }, hash, now) {
    const update = new UpdateCommand({
      TableName: table,
      Key: verifierKey(clientId, credentialId),
      UpdateExpression: 'SET #hash = :hash, #replacedAt = :now',
      ConditionExpression: '#hash = :old',
      ExpressionAttributeNames: { '#hash': 'hash', '#replacedAt': 'replacedAt' },
      ExpressionAttributeValues: { ':hash': hash, ':old': old, ':now': now },
    });
    const held = await conditionHeld(answered(client.send(update), 'replacing an imported hash'));
    return held ? 'replaced' : 'changed';
  },
});

/**
 * Writes the verifier of a client that is being created. One that is older is left of a client that is no more; one that
 * is newer is of a newer creation, and stays.
 *
 * @param creation the creation's id, by which a put that is tried again knows its own item
 * @throws {StoreUnavailable}; ConditionalCheckFailedException where a newer creation has the client
 */
export async function putVerifier(
  { client, table }: TableAccess,
  verifier: Verifier,
  creation: string,
): Promise<void> {
  const put = new PutCommand({
    TableName: table,
    Item: { ...verifierItem(verifier), creation },
    ConditionExpression: 'attribute_not_exists(#pk) OR #createdAt < :createdAt OR #creation = :creation',
    ExpressionAttributeNames: { '#pk': 'pk', '#createdAt': 'createdAt', '#creation': 'creation' },
    ExpressionAttributeValues: { ':createdAt': verifier.createdAt, ':creation': creation },
  });
  await answered(client.send(put), 'writing an imported hash');
}
