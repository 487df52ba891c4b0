/** Trusted issuers in the directory: one item each, all in one partition. */
import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Revised } from '../domain/precondition.ts';
import type { TrustedIssuer, TrustReader, TrustRegistry } from '../domain/trust/trusted-issuer.ts';
import { answered, ifHeld, namesIn, type TableAccess } from './dynamodb.ts';
import {
  clientKey,
  ISSUERS,
  issuerKey,
  parseClient,
  parseTrustedIssuer,
  revisionIn,
  trustedIssuerItem,
} from './items.ts';
import { conditionOf } from './precondition.ts';
import { itemsOf } from './query.ts';
import { readItem } from './read.ts';
import { removeItem } from './removal.ts';

/** @returns the issuer of a token that somebody presents: one strongly consistent `GetItem`. */
export const trustReader = (directory: TableAccess): TrustReader => ({
  async find(issuer) {
    const item = await readItem(directory, issuerKey(issuer), 'reading a trusted issuer');
    return item === undefined ? undefined : parseTrustedIssuer(item);
  },
});

/**
 * @param newRevision gives an id that no revision had before
 * @returns the operators' view: a put or a removal is one write, the list a query of as many pages as there are. Where
 *   a removal's condition did not hold, one more read tells whether there is anything.
 */
export const trustRegistry = (
  directory: TableAccess,
  newRevision: () => string = randomUUID,
): TrustRegistry => ({
  async put(trusted, precondition = {}) {
    const { client, table } = directory;
    const revision = newRevision();
    const { condition, values } = conditionOf(precondition, revision);
    const put = new PutCommand({
      TableName: table,
      Item: { ...trustedIssuerItem(trusted), revision },
      ReturnValues: 'ALL_OLD',
      ...(condition !== undefined && {
        ConditionExpression: condition,
        ExpressionAttributeNames: namesIn(condition),
        ExpressionAttributeValues: { ...values, ':revision': revision },
      }),
    });
    const written = await ifHeld(answered(client.send(put), 'writing a trusted issuer'));
    if (written === undefined) return { outcome: 'changed_meanwhile' };
    return { outcome: written.Attributes === undefined ? 'created' : 'changed', revision };
  },

  list: () => list(directory),

  async remove(issuer, precondition = {}) {
    const outcome = await removeItem(directory, issuerKey(issuer), precondition, 'removing a trusted issuer');
    if (outcome !== 'changed_meanwhile') return outcome;
    return (await list(directory)).some((one) => one.issuer === issuer) ? outcome : 'unknown';
  },

  async clients(clientIds) {
    const keys = clientIds.map(clientKey);
    const items = await Promise.all(keys.map((key) => readItem(directory, key, 'reading a client')));
    return items.filter((item) => item !== undefined).map(parseClient);
  },
});

async function list(directory: TableAccess): Promise<Revised<TrustedIssuer>[]> {
  const issuers: Revised<TrustedIssuer>[] = [];
  for await (const item of itemsOf(directory, { partition: ISSUERS, what: 'listing trusted issuers' })) {
    issuers.push({ ...parseTrustedIssuer(item), revision: revisionIn(item) });
  }
  return issuers;
}
