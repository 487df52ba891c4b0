/** A door before a real DynamoDB engine that can be told to misbehave as DynamoDB does. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an operation meets: `undefined` lets it through to the engine. */
export type Fault = 'throttled' | 'failing' | 'denied' | 'unprocessed' | 'silent' | undefined;

export interface UnreliableEngine {
  endpoint: string;
  /** Decides for each operation, such as `PutItem`; the number counts the operations of the same name from 1. */
  misbehave(decide: (operation: string, count: number) => Fault): void;
  /** The operations that arrived since the last call of this, retries included. */
  takeArrivals(): string[];
  close(): Promise<void>;
}

/** @param engine the endpoint of the engine behind */
export async function unreliable(engine: string): Promise<UnreliableEngine> {
  let decide: (operation: string, count: number) => Fault = () => undefined;
  let counts = new Map<string, number>();
  const arrivals: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const body = await textOf(incoming);
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    arrivals.push(operation);
    const fault = decide(operation, count);
    if (fault === undefined) forward(engine, incoming, body, outgoing);
    else answer(outgoing, fault, body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    misbehave: (decision) => {
      decide = decision;
      counts = new Map();
    },
    takeArrivals: () => arrivals.splice(0),
    close: () => close(server),
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
  return text;
}

function forward(engine: string, incoming: IncomingMessage, body: string, outgoing: ServerResponse) {
  const onward = request(`${engine}/`, { method: 'POST', headers: incoming.headers }, (answered) => {
    outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  onward.end(body);
}

const ERRORS = {
  throttled: [400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'],
  failing: [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'],
  denied: [400, 'com.amazon.coral.service#AccessDeniedException'],
} as const;

function answer(outgoing: ServerResponse, fault: Exclude<Fault, undefined>, body: string) {
  if (fault === 'silent') return;
  const send = (status: number, content: object) =>
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(content));
  if (fault === 'unprocessed') return send(200, unfinished(JSON.parse(body)));
  const [status, type] = ERRORS[fault];
  return send(status, { __type: type, message: 'not today' });
}

/** A batch of which the engine did nothing, and says so. */
const unfinished = ({ RequestItems }: { RequestItems: Record<string, unknown> }) =>
  Object.values(RequestItems).every(Array.isArray)
    ? { UnprocessedItems: RequestItems }
    : { Responses: {}, UnprocessedKeys: RequestItems };

async function close(server: Server) {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
}
