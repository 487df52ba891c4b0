/** Revocations in the ledger: one read finds all that could match a token, one write adds one. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RevocationReader, RevocationWriter } from '../domain/ports.ts';
import type { Revocation, Why } from '../domain/revocation.ts';
import { answered, conditionFailed, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import { parseRevocation, revocationKey } from './items.ts';
import { readItems } from './read.ts';

/**
 * @returns the guard's view of the revocations: one strongly consistent `BatchGetItem` for up to 100 targets. What
 *   DynamoDB left unprocessed counts as not read at all, and is not asked for again: the caller may retry.
 */
export const revocationReader = (ledger: TableAccess): RevocationReader => ({
  find: async (targets) =>
    (await readItems(ledger, targets.map(revocationKey), 'reading revocations')).map(parseRevocation),
});

/**
 * @returns the writer of revocations. A revocation only ever grows: neither `issuedBefore` nor `expiresAt` goes
 *   back, in whatever order concurrent writes arrive. When and why are those of the first that arrived, whatever is
 *   written later. `already_revoked` means that the ledger held as much before.
 */
export const revocationWriter = (ledger: TableAccess): RevocationWriter => ({
  async revoke(revocation) {
    try {
      const { issuedBefore, expiresAt } = await write(ledger, revocation, WHOLE);
      const same = issuedBefore === revocation.issuedBefore && expiresAt === revocation.expiresAt;
      return same ? 'already_revoked' : 'revoked';
    } catch (error) {
      if (!conditionFailed(error)) throw error;
      // What stands there is ahead in at least one of the two times. Each is moved forward by itself, and only
      // forward: were both written as one after a read, a revocation that lands between the two would shrink.
      const grown = await Promise.all([
        grow(ledger, revocation, ISSUED_BEFORE),
        grow(ledger, revocation, EXPIRES),
      ]);
      return grown.includes(true) ? 'revoked' : 'already_revoked';
    }
  },
});

/** A static update: what it sets, and when it may. */
interface Update {
  set: string;
  condition: string;
  values: (revocation: Dated) => Record<string, string | number>;
}

type Dated = Revocation & Why;

const WHOLE: Update = {
  set:
    'SET #kind = :kind, #id = :id, #issuedBefore = :issuedBefore, #expiresAt = :expiresAt, ' +
    '#revokedAt = if_not_exists(#revokedAt, :revokedAt), #reason = if_not_exists(#reason, :reason)',
  condition:
    'attribute_not_exists(#issuedBefore) OR (#issuedBefore <= :issuedBefore AND #expiresAt <= :expiresAt)',
  values: ({ target, issuedBefore, expiresAt, revokedAt, reason }) => ({
    ':kind': target.kind,
    ':id': target.id,
    ':issuedBefore': issuedBefore,
    ':expiresAt': expiresAt,
    ':revokedAt': revokedAt,
    ':reason': reason,
  }),
};

const ISSUED_BEFORE: Update = {
  set: 'SET #issuedBefore = :issuedBefore',
  condition: '#issuedBefore < :issuedBefore',
  values: ({ issuedBefore }) => ({ ':issuedBefore': issuedBefore }),
};

const EXPIRES: Update = {
  set: 'SET #expiresAt = :expiresAt',
  condition: '#expiresAt < :expiresAt',
  values: ({ expiresAt }) => ({ ':expiresAt': expiresAt }),
};

/** @returns the attributes that were there before. */
async function write({ client, table }: TableAccess, revocation: Dated, { set, condition, values }: Update) {
  const update = new UpdateCommand({
    TableName: table,
    Key: revocationKey(revocation.target),
    UpdateExpression: set,
    ConditionExpression: condition,
    ExpressionAttributeNames: namesIn(set, condition),
    ExpressionAttributeValues: values(revocation),
    ReturnValues: 'ALL_OLD',
  });
  const { Attributes = {} } = await answered(client.send(update), 'writing a revocation');
  return Attributes;
}

const grow = (ledger: TableAccess, revocation: Dated, update: Update): Promise<boolean> =>
  conditionHeld(write(ledger, revocation, update));
