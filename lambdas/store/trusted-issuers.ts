/** Trusted issuers in the directory: one item each, all in one partition. */
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TrustedIssuer, TrustReader, TrustRegistry } from '../domain/trust/trusted-issuer.ts';
import { answered, type TableAccess } from './dynamodb.ts';
import {
  clientKey,
  ISSUERS,
  issuerKey,
  type Key,
  parseClient,
  parseTrustedIssuer,
  trustedIssuerItem,
} from './items.ts';

/** @returns the issuer of a token that somebody presents: one strongly consistent `GetItem`. */
export const trustReader = (directory: TableAccess): TrustReader => ({
  async find(issuer) {
    const item = await read(directory, issuerKey(issuer), 'reading a trusted issuer');
    return item === undefined ? undefined : parseTrustedIssuer(item);
  },
});

/** @returns the operators' view: a put or a removal is one write, the list a query of as many pages as there are. */
export const trustRegistry = (directory: TableAccess): TrustRegistry => ({
  async put(trusted) {
    const { client, table } = directory;
    const put = new PutCommand({
      TableName: table,
      Item: trustedIssuerItem(trusted),
      ReturnValues: 'ALL_OLD',
    });
    const { Attributes } = await answered(client.send(put), 'writing a trusted issuer');
    return Attributes === undefined ? 'created' : 'changed';
  },

  list: () => list(directory),

  async remove(issuer) {
    const { client, table } = directory;
    const deletion = new DeleteCommand({
      TableName: table,
      Key: issuerKey(issuer),
      ReturnValues: 'ALL_OLD',
    });
    const { Attributes } = await answered(client.send(deletion), 'removing a trusted issuer');
    return Attributes === undefined ? 'unknown' : 'removed';
  },

  async clients(clientIds) {
    const keys = clientIds.map(clientKey);
    const items = await Promise.all(keys.map((key) => read(directory, key, 'reading a client')));
    return items.filter((item) => item !== undefined).map(parseClient);
  },
});

async function read({ client, table }: TableAccess, Key: Key, what: string) {
  const get = new GetCommand({ TableName: table, Key, ConsistentRead: true });
  return (await answered(client.send(get), what)).Item;
}

async function list({ client, table }: TableAccess): Promise<TrustedIssuer[]> {
  const issuers: TrustedIssuer[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const query = new QueryCommand({
      TableName: table,
      KeyConditionExpression: '#pk = :issuers',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':issuers': ISSUERS },
      ConsistentRead: true,
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    const { Items = [], LastEvaluatedKey } = await answered(client.send(query), 'listing trusted issuers');
    issuers.push(...Items.map(parseTrustedIssuer));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return issuers;
}
