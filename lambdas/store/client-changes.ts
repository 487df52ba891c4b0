/** How a client is changed: what was read decides, and one write that finds it as it was read. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Client } from '../domain/client.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import { answered, conditionHeld, namesIn, type TableAccess, valuesIn } from './dynamodb.ts';
import { clientKey, isStill, markerItem } from './items.ts';

/**
 * Two operators at once: both have read revision 1, one writes 2, the other's condition fails, and it reads anew. A
 * client that no list has, because it is older than markers or was not created to its end, gets its marker first: if
 * the change is not made after that, the marker is right all the same.
 *
 * @param revision that it gets
 * @throws {StoreUnavailable}
 */
export async function changeClient(
  directory: TableAccess,
  record: ClientRecord,
  { client, phase }: Pick<ClientRecord, 'client' | 'phase'>,
  revision: string,
): Promise<ClientRecord | 'changed_meanwhile'> {
  if (!record.isListed) await putMarker(directory, record);
  const { phase: _, ...rest } = record;
  const changed = { ...rest, client, revision, isListed: true, ...(phase !== undefined && { phase }) };
  return (await conditionHeld(update(directory, record.revision, changed))) ? changed : 'changed_meanwhile';
}

const putMarker = ({ client, table }: TableAccess, { client: { clientId }, creation }: ClientRecord) =>
  conditionHeld(
    answered(
      client.send(
        new PutCommand({
          TableName: table,
          Item: markerItem(clientId, creation),
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': 'pk' },
        }),
      ),
      'marking a client',
    ),
  );

/** What of a client can change. The names are ours, each its own placeholder. */
const MEMBERS = [
  ...['name', 'state', 'scopes', 'roles', 'tenant', 'allowedClaims', 'tokenLifetime'],
  ...['grantTypes', 'refreshLifetime', 'refreshIdle'],
] as (keyof Client)[];

function update({ client: dynamodb, table }: TableAccess, before: string, changed: ClientRecord) {
  const { client, revision, phase } = changed;
  const values: Record<string, unknown> = { revision, ...(phase !== undefined && { phase }) };
  for (const name of MEMBERS) if (client[name] !== undefined) values[name] = client[name];
  const set = Object.keys(values).map((name) => `#${name} = :${name}`);
  const removed = [...MEMBERS, 'phase'].filter((name) => values[name] === undefined);
  const remove = removed.length === 0 ? '' : ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}`;
  const expression = `SET ${set.join(', ')}${remove}`;
  const still = isStill(before, revision);
  const command = new UpdateCommand({
    TableName: table,
    Key: clientKey(client.clientId),
    UpdateExpression: expression,
    ConditionExpression: still.condition,
    ExpressionAttributeNames: namesIn(expression, still.condition),
    ExpressionAttributeValues: {
      ...still.values,
      ...valuesIn(values),
    },
  });
  return answered(dynamodb.send(command), 'changing a client');
}
