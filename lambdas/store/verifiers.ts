/** Hashes that came from another system, as a login replaces them. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Verifiers } from '../domain/ports.ts';
import { answered, conditionHeld, type TableAccess } from './dynamodb.ts';
import { verifierKey } from './items.ts';

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
