/**
 * The document client that the adapters take, over a {@link Wire}. It takes the SDK's own commands, writes and reads
 * its wire format and tries again what the SDK would, at once; it leaves out the SDK's layers between, which take
 * four times as long as the engine behind. That these make no difference, `sdkClient` shows on some of the runs.
 */
import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { testCredentials } from './dynamodb.ts';
import type { Wire, WireAnswer } from './in-process-engine.ts';

/** Attempts that our own client of DynamoDB makes in all. */
const ATTEMPTS = 3;

/** @returns the quick client */
export const wireClient = (wire: Wire): DynamoDBDocumentClient => new WireClient(wire);

/** @returns the SDK's client, all of it, with the wire in place of its sockets and without its pauses */
export function sdkClient(wire: Wire): DynamoDBDocumentClient {
  const handle = async ({
    headers,
    body,
  }: {
    headers: Record<string, string>;
    body: string | Uint8Array;
  }) => {
    const operation = headers['x-amz-target']?.split('.')[1] ?? '';
    const answer = await wire(operation, typeof body === 'string' ? body : new TextDecoder().decode(body));
    const response = {
      statusCode: answer.status,
      headers: JSON_HEADERS,
      body: Readable.from([Buffer.from(answer.body)]),
    };
    return { response };
  };
  const client = new DynamoDBClient({
    ...{ region: 'us-east-1', endpoint: 'http://engine.test', credentials: testCredentials },
    ...{ requestHandler: { handle } as never, maxAttempts: ATTEMPTS },
  });
  return DynamoDBDocumentClient.from(client, marshalling());
}

const JSON_HEADERS = { 'content-type': 'application/x-amz-json-1.0' };
/** For each its own: the SDK notes in them how it marshals itself. */
const marshalling = () => ({ marshallOptions: { removeUndefinedValues: true } });

type Json = Record<string, unknown>;

class WireClient extends DynamoDBDocumentClient {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    super(UNUSED, marshalling());
    this.#wire = wire;
  }

  /** Of the SDK's overloads the one with a promise: our adapters use no other. */
  override send = (async (command: { input: Json; constructor: { name: string } }) => {
    const operation = OPERATIONS[command.constructor.name];
    if (operation === undefined) throw new Error(`${command.constructor.name} is not known here`);
    return fromWire(await this.#attempt(operation, JSON.stringify(toWire(command.input))));
  }) as unknown as DynamoDBDocumentClient['send'];

  async #attempt(operation: string, body: string): Promise<Json> {
    for (let attempt = 1; ; attempt++) {
      try {
        return verdictOf(await this.#wire(operation, body));
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
      }
    }
  }
}

/** Only its type is asked for: no request goes through it. */
const UNUSED = new DynamoDBClient({ region: 'us-east-1', credentials: testCredentials });

const OPERATIONS: Record<string, string> = {
  GetCommand: 'GetItem',
  PutCommand: 'PutItem',
  UpdateCommand: 'UpdateItem',
  DeleteCommand: 'DeleteItem',
  QueryCommand: 'Query',
  BatchGetCommand: 'BatchGetItem',
  BatchWriteCommand: 'BatchWriteItem',
};

function verdictOf({ status, body }: WireAnswer): Json {
  const answer = JSON.parse(body) as Json;
  if (status === 200) return answer;
  const name = String(answer.__type).split('#').at(-1) ?? '';
  throw Object.assign(new Error(String(answer.message ?? answer.Message)), { name, status });
}

/** As the SDK has it: what got lost, a throttle, a failure of the service. */
const isTransient = (error: unknown): boolean => {
  const { name, status = 0 } = error as { name?: string; status?: number };
  return status >= 500 || name === 'TimeoutError' || name === 'ProvisionedThroughputExceededException';
};

const values = (item: unknown) => marshall(item as Json, marshalling().marshallOptions);

function toWire(input: Json): Json {
  const wire: Json = { ...input };
  for (const name of ['Item', 'Key', 'ExpressionAttributeValues', 'ExclusiveStartKey']) {
    if (wire[name] === undefined) delete wire[name];
    else wire[name] = values(wire[name]);
  }
  if (wire.RequestItems !== undefined) wire.RequestItems = perTable(wire.RequestItems, values);
  return wire;
}

function fromWire(answer: Json): Json {
  const output: Json = { $metadata: {}, ...answer };
  for (const name of ['Item', 'Attributes', 'LastEvaluatedKey']) {
    if (output[name] !== undefined) output[name] = unmarshall(output[name] as never);
  }
  const items = (list: unknown) => (list as never[]).map((item) => unmarshall(item));
  if (output.Items !== undefined) output.Items = items(output.Items);
  if (output.Responses !== undefined) {
    output.Responses = Object.fromEntries(
      Object.entries(output.Responses as Json).map(([table, list]) => [table, items(list)]),
    );
  }
  for (const name of ['UnprocessedItems', 'UnprocessedKeys']) {
    if (output[name] !== undefined)
      output[name] = perTable(output[name], (item) => unmarshall(item as never));
  }
  return output;
}

/** Writes and reads of a batch have their items one level deeper. */
function perTable(requests: unknown, each: (item: unknown) => unknown): Json {
  return Object.fromEntries(
    Object.entries(requests as Json).map(([table, request]) => [
      table,
      Array.isArray(request) ? request.map((write) => writeOf(write, each)) : keysOf(request as Json, each),
    ]),
  );
}

const writeOf = ({ PutRequest, DeleteRequest }: Record<string, Json>, each: (item: unknown) => unknown) =>
  PutRequest === undefined
    ? { DeleteRequest: { Key: each(DeleteRequest?.Key) } }
    : { PutRequest: { Item: each(PutRequest.Item) } };

const keysOf = (request: Json, each: (item: unknown) => unknown): Json => ({
  ...request,
  Keys: (request.Keys as unknown[]).map(each),
});

/** @returns everything in a table that fits into one answer, 1 MB */
export async function itemsOver(wire: Wire, table: string): Promise<Record<string, unknown>[]> {
  const body = JSON.stringify({ TableName: table, ConsistentRead: true });
  const { Items, LastEvaluatedKey } = fromWire(verdictOf(await wire('Scan', body)));
  if (LastEvaluatedKey !== undefined) throw new Error('more than one answer');
  return Items as Record<string, unknown>[];
}
