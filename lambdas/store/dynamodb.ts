/**
 * The client of DynamoDB that both tables are reached through, and how its failures look from outside `store/`.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailable } from '../domain/ports.ts';

/**
 * @param config what differs from the defaults: the endpoint and credentials of a test. Region, credentials and
 *   `AWS_ENDPOINT_URL_DYNAMODB` are otherwise read by the SDK itself.
 * @returns a client that gives up early: at most three attempts, each with 500 ms to connect and 1,000 ms to
 *   answer, so that a caller hears 503 long before the gateway's 30 seconds are over
 */
export function documentClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 500,
      requestTimeout: 1_000,
      // Without it the SDK only warns; and the timer ends with the headers, so a stalled body needs its own.
      throwOnRequestTimeout: true,
      socketTimeout: 1_000,
    },
    ...config,
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** A table, and the client that reaches it. */
export interface TableAccess {
  client: DynamoDBDocumentClient;
  /** The table's name. */
  table: string;
}

/** What DynamoDB answers when it understood and decided: these are not failures of the store. */
const VERDICTS: readonly string[] = ['ConditionalCheckFailedException', 'ValidationException'];

/**
 * Awaits what was sent to DynamoDB.
 *
 * @param sent the promise of `client.send`
 * @param what the operation in words, for the error's message: no ids
 * @returns what DynamoDB answered
 * @throws {StoreUnavailable} with the SDK's error as `cause` when the store did not answer: refused connection,
 *   timeout, throttling, 5xx, missing permission or table. A failed condition or a request that DynamoDB calls
 *   invalid is thrown as it came.
 */
export async function answered<Answer>(sent: Promise<Answer>, what: string): Promise<Answer> {
  try {
    return await sent;
  } catch (error) {
    if (error instanceof Error && VERDICTS.includes(error.name)) throw error;
    throw new StoreUnavailable(`${what} failed`, { cause: error });
  }
}

/** @returns whether a write was refused because its condition did not hold. */
export const conditionFailed = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';

/** @returns whether a write's condition held; whatever else became of it is thrown as it came. */
export const conditionHeld = async (written: Promise<unknown>): Promise<boolean> =>
  (await ifHeld(written.then(() => true))) ?? false;

/** @returns what a write was answered with, where its condition held; whatever else became of it is thrown as it came. */
export async function ifHeld<Answer>(written: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await written;
  } catch (error) {
    if (conditionFailed(error)) return undefined;
    throw error;
  }
}

/** @returns the names of static expressions: each placeholder stands for the attribute of its own name. */
export const namesIn = (...expressions: string[]): Record<string, string> =>
  Object.fromEntries((expressions.join(' ').match(/#\w+/g) ?? []).map((name) => [name, name.slice(1)]));

/** @returns values by their placeholders, which have the names of their attributes. */
export const valuesIn = <Value>(values: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
