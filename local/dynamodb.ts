/**
 * The embedded DynamoDB: dynalite behind a loopback port, with the template's tables in it. Every request passes
 * the guard; there is no other way to the engine.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { AwsError } from './iam/aws-error.ts';
import type { Guard } from './iam/guard.ts';
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { readBody } from './limits.ts';
import { REGION } from './physical.ts';
import { type AwsCredentials, signedRequestOf } from './signature.ts';
import type { Resource } from './template.ts';

export interface DynamoDbEndpoint {
  url: string;
  close(): Promise<void>;
}

/** @param folder where the tables are kept; in memory where absent */
export async function startDynamoDb(folder: string | undefined, guard: Guard): Promise<DynamoDbEndpoint> {
  const server = dynalite({
    ...(folder !== undefined && { path: folder }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  const [engine] = server.listeners('request') as RequestListener[];
  if (engine === undefined) throw new Error('dynalite listens to no requests');
  server.removeAllListeners('request').on('request', guarded(guard, engine));
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

const MAX_BODY = 16 * 1024 * 1024;

function guarded(guard: Guard, engine: RequestListener): RequestListener {
  return (request, response) => {
    pass(request, response, guard, engine).catch((error: unknown) => {
      if (response.destroyed) return;
      console.error(error);
      answer(response, { status: 500, body: { __type: 'com.amazon.coral.service#InternalServerError' } });
    });
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
  engine: RequestListener,
): Promise<void> {
  const body = await readBody(request, MAX_BODY);
  if (body === undefined) return answer(response, tooLarge);
  const refused = await guard(signedRequestOf(request, body));
  if (refused !== undefined) return answer(response, refused);
  const { method, url, headers } = request;
  const again = Object.assign(Readable.from(body.length > 0 ? [body] : []), { method, url, headers });
  // The engine reads no more of a request than its body and these three.
  engine(again as unknown as IncomingMessage, response as ServerResponse & { req: IncomingMessage });
}

const tooLarge: AwsError = { status: 413, body: {} };

function answer(response: ServerResponse, { status, body }: AwsError): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
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
