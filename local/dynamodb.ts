/** The embedded DynamoDB: dynalite behind a loopback port, with the template's tables in it. */
import type { AddressInfo } from 'node:net';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { REGION } from './physical.ts';
import type { AwsCredentials } from './signature.ts';
import type { Resource } from './template.ts';

export interface DynamoDbEndpoint {
  url: string;
  close(): Promise<void>;
}

/** @param folder where the tables are kept; in memory where absent */
export async function startDynamoDb(folder: string | undefined): Promise<DynamoDbEndpoint> {
  const server = dynalite({
    ...(folder !== undefined && { path: folder }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/**
 * Creates the template's tables that are not there yet.
 *
 * @returns their names
 */
export async function createTables(
  resources: Readonly<Record<string, Resource>>,
  scope: Scope,
  endpoint: string,
  credentials: AwsCredentials,
): Promise<string[]> {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials });
  const tables = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
  const names: string[] = [];
  for (const [id, { Properties }] of tables) {
    const name = scope.ref(id) ?? id;
    await create(client, name, resolveIntrinsics(Properties, scope) as Partial<CreateTableCommandInput>);
    names.push(name);
  }
  client.destroy();
  return names;
}

async function create(client: DynamoDBClient, name: string, properties: Partial<CreateTableCommandInput>) {
  const { KeySchema, AttributeDefinitions, BillingMode, ProvisionedThroughput } = properties;
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema,
        AttributeDefinitions,
        ...(BillingMode && { BillingMode }),
        ...(ProvisionedThroughput && { ProvisionedThroughput }),
        ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
        ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
