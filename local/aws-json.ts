/** What the stand-ins for AWS's JSON 1.1 services have in common: an endpoint on the loopback interface only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsServiceError } from './aws-service-error.ts';
import { Refused } from './iam/aws-error.ts';
import type { Guard } from './iam/guard.ts';
import { signedRequestOf } from './signature.ts';

export interface JsonService {
  /** What `X-Amz-Target` begins with, before the dot. */
  target: string;
  /** @throws {AwsServiceError} with what to answer */
  operate(operation: string, input: unknown): Promise<object>;
  /** Is asked before each operation. Without one a signature is wanted, and none is checked. */
  guard: Guard | undefined;
  /** Bytes of a body. */
  maxBody: number;
}

export interface JsonEndpoint {
  url: string;
  close(): Promise<void>;
}

export async function startJsonEndpoint(service: JsonService): Promise<JsonEndpoint> {
  const server = createServer((request, response) => {
    answer(service, request).then(
      (output) => respond(response, 200, output),
      (error: unknown) => respondError(response, error),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { target, operate, guard, maxBody }: JsonService,
  request: IncomingMessage,
): Promise<object> {
  const body = await read(request, maxBody);
  const refused = await guard?.(signedRequestOf(request, body));
  if (refused !== undefined) throw new Refused(refused);
  const [service, operation, ...rest] = String(request.headers['x-amz-target'] ?? '').split('.');
  if (request.method !== 'POST' || service !== target || !operation || rest.length > 0) {
    throw new AwsServiceError('UnknownOperationException', `POST with an X-Amz-Target of ${target}.*`);
  }
  if (request.headers.authorization === undefined) {
    throw new AwsServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  return operate(operation, parse(body));
}

async function read(request: IncomingMessage, maxBody: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new AwsServiceError('RequestEntityTooLargeException', 'body too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsServiceError('SerializationException', 'the body is not JSON');
  }
}

function respond(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
  response.end(JSON.stringify(body));
}

function respondError(response: ServerResponse, error: unknown) {
  if (error instanceof Refused) return respond(response, error.answer.status, error.answer.body);
  const known =
    error instanceof AwsServiceError
      ? error
      : new AwsServiceError('InternalServiceError', 'An error occurred on the server side.', 500);
  if (known !== error) console.error(error);
  const { type, message, status } = known;
  respond(response, status, { __type: type, message }, { 'x-amzn-errortype': type });
}
