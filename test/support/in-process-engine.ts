/**
 * A DynamoDB engine without a socket: dynalite's own listener, handed requests that never were on a wire. It makes
 * thousands of small tables affordable, each in an engine of its own, which is forgotten with it.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import dynalite from 'dynalite';

/** What DynamoDB answers, as it stands on the wire. */
export interface WireAnswer {
  status: number;
  body: string;
}

/**
 * A way to DynamoDB.
 *
 * @param operation such as `PutItem`
 * @param body the request's, JSON
 */
export type Wire = (operation: string, body: string) => Promise<WireAnswer>;

/** @param path folder that the engine keeps its items in; in memory where there is none */
export function inProcessEngine(path?: string): Wire {
  const engine = dynalite({ createTableMs: 0, deleteTableMs: 0, ...(path !== undefined && { path }) });
  return (operation, body) =>
    new Promise((answered) => {
      const request = Object.assign(new EventEmitter(), {
        method: 'POST',
        url: '/',
        headers: { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` },
      });
      const response = {
        statusCode: 200,
        setHeader: () => undefined,
        end: (content: string) => answered({ status: response.statusCode, body: content }),
      };
      engine.emit('request', request, response);
      request.emit('data', Buffer.from(body));
      request.emit('end');
    });
}

/** The engine asks for a signature, and does not look at it. */
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20261122T120000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host, Signature=none',
};

/** Creates a table with our keys, and waits until it can be used. */
export async function createTableOver(wire: Wire, table: string): Promise<void> {
  const attributes = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
  const keys = [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ];
  const shape = { BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: attributes, KeySchema: keys };
  const { status, body } = await wire('CreateTable', JSON.stringify({ TableName: table, ...shape }));
  if (status !== 200) throw new Error(`no table: ${body}`);
  const asked = JSON.stringify({ TableName: table });
  do await wait(1);
  while (!(await wire('DescribeTable', asked)).body.includes('"ACTIVE"'));
}
