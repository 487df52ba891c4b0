/** Clients, page by page: the markers of a page by one query, and the clients that they stand for by one read. */
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ListPage } from '../domain/client-ports.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import { answered, namesIn, type TableAccess } from './dynamodb.ts';
import { CLIENTS, clientKey, parseClientRecord, parseMarker } from './items.ts';
import { readItems } from './read.ts';

/**
 * @param page at most 100, which is what one read takes
 * @returns the clients, and the id after which the next page begins. A marker without its client is passed over: it
 *   is being created, or was deleted just now
 * @throws {StoreUnavailable}
 */
export async function listClients(
  directory: TableAccess,
  page: ListPage,
): Promise<{ clients: ClientRecord[]; next?: string }> {
  const { clientIds, next } = await listClientIds(directory, page);
  const found = clientIds.length === 0 ? [] : await clientsOf(directory, clientIds);
  const clients = clientIds.flatMap((id) => found.filter(({ client }) => client.clientId === id));
  return { clients, ...(next !== undefined && { next }) };
}

/** @returns the ids that there are markers of, in their order. @throws {StoreUnavailable} */
export async function listClientIds(
  { client, table }: TableAccess,
  { after, limit }: ListPage,
): Promise<{ clientIds: string[]; next?: string }> {
  const condition = after === undefined ? '#pk = :clients' : '#pk = :clients AND #sk > :after';
  const query = new QueryCommand({
    TableName: table,
    KeyConditionExpression: condition,
    ExpressionAttributeNames: namesIn(condition),
    ExpressionAttributeValues: { ':clients': CLIENTS, ...(after !== undefined && { ':after': after }) },
    ConsistentRead: true,
    // One more tells whether there is a next page.
    Limit: limit + 1,
  });
  const { Items = [] } = await answered(client.send(query), 'listing clients');
  const clientIds = Items.map((item) => parseMarker(item).clientId).slice(0, limit);
  const next = Items.length > limit ? clientIds.at(-1) : undefined;
  return { clientIds, ...(next !== undefined && { next }) };
}

const clientsOf = async (directory: TableAccess, clientIds: readonly string[]): Promise<ClientRecord[]> =>
  (await readItems(directory, clientIds.map(clientKey), 'reading clients')).map(parseClientRecord);
