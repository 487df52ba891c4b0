/** A DynamoDB that goes wrong on demand: a proxy before a real engine, which fails exactly what a test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of one request: it is answered; it gets lost, so that nothing happens; its answer gets lost, so
 * that it happened; or it is believed lost, and arrives when {@link FaultyEngine.deliver} is called.
 */
export type Fate = 'answered' | 'lost' | 'answer lost' | 'late';

export interface Operation {
  /** Such as `PutItem`. */
  name: string;
  /** The sort key that it is about. */
  sk: string;
  /** How many requests there were before it. */
  before: number;
}

export interface FaultyEngine {
  endpoint: string;
  /** Lets every request that is late arrive. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

/** @param fateOf decides about each request; one that is tried again is asked for again */
export async function faultyEngine(
  engine: string,
  fateOf: (operation: Operation) => Fate,
): Promise<FaultyEngine> {
  const late: (() => Promise<unknown>)[] = [];
  let before = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    const forward = () => fetch(engine, { method: 'POST', headers: headersOf(request), body });
    const fate = fateOf({ ...operationOf(request, body), before: before++ });
    if (fate === 'late') late.push(forward);
    if (fate === 'lost' || fate === 'late') return void request.socket.destroy();
    const answer = await forward();
    const content = await answer.text();
    if (fate === 'answer lost') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(content);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deliver: async () => {
      for (const forward of late.splice(0)) await forward();
    },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function operationOf(request: IncomingMessage, body: string): Omit<Operation, 'before'> {
  const name = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
  const { Item, Key } = JSON.parse(body) as Record<string, { sk?: { S?: string } } | undefined>;
  return { name, sk: (Item ?? Key)?.sk?.S ?? '' };
}

/** fetch sets the others by itself. */
const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !['host', 'connection', 'content-length', 'expect'].includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
