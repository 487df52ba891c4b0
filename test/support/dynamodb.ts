/** A real DynamoDB engine for the tests: the one that AWS_ENDPOINT_URL_DYNAMODB names, or one in this process. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type NativeAttributeValue, ScanCommand } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

export interface TestTable {
  name: string;
  client: DynamoDBDocumentClient;
  /** The engine's address, for clients of a test's own. */
  endpoint: string;
  /** The operations that went to the engine since the last call of this, such as `BatchGetItem`. */
  takeOperations(): string[];
  /** Everything that is in the table. */
  items(): Promise<Record<string, NativeAttributeValue>[]>;
  close(): Promise<void>;
}

/** Credentials that no AWS account has: the engines ask for a signature, not for a known key. */
export const testCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Creates an empty table with our keys. */
export async function createTestTable(): Promise<TestTable> {
  const given = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  const server = given === undefined ? await startEngine() : undefined;
  const { port } = (server?.address() ?? {}) as Partial<AddressInfo>;
  const endpoint = given ?? `http://127.0.0.1:${port}`;
  const plain = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: testCredentials });
  const operations: string[] = [];
  plain.middlewareStack.add(
    (next, context) => (args) => {
      operations.push(String(context.commandName).replace(/Command$/, ''));
      return next(args);
    },
    { step: 'initialize' },
  );
  const name = `test-${randomUUID()}`;
  await plain.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const client = DynamoDBDocumentClient.from(plain);
  operations.length = 0;
  return {
    name,
    client,
    endpoint,
    takeOperations: () => operations.splice(0),
    items: async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
      operations.pop();
      return Items;
    },
    close: async () => {
      await plain.send(new DeleteTableCommand({ TableName: name }));
      plain.destroy();
      if (server !== undefined) await new Promise((closed) => server.close(closed));
    },
  };
}

function startEngine(): Promise<Server> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return new Promise((started) => server.listen(0, '127.0.0.1', () => started(server)));
}
