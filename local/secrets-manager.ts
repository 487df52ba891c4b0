/**
 * A Secrets Manager endpoint for one machine: AWS JSON 1.1 over HTTP, on the loopback interface only. Without a
 * guard it wants a signed request but checks no signature: whoever reaches it may read the secrets.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Refused } from './iam/aws-error.ts';
import type { Guard } from './iam/guard.ts';
import type { FindSecret } from './iam/secrets-calls.ts';
import { findSecret, type Secret, SecretsManagerError, secretShape, secretValues } from './secret-values.ts';
import { signedRequestOf } from './signature.ts';

export interface SecretsManagerOptions {
  /** Where each secret is kept as a file that only its owner may read; in memory where absent. */
  dataDir?: string;
  /** Milliseconds since the epoch. */
  clock?: () => number;
  /** Is asked before each operation. */
  guard?: (find: FindSecret) => Guard;
}

export interface SecretsManagerEndpoint {
  url: string;
  /** Creates a secret without a value, or finds the one of that name. */
  createSecret(name: string): Promise<{ arn: string }>;
  close(): Promise<void>;
}

/** @throws Error that names the file, where a secret in `dataDir` cannot be read. */
export async function startSecretsManager(
  options: SecretsManagerOptions = {},
): Promise<SecretsManagerEndpoint> {
  const { dataDir, clock = Date.now } = options;
  const secrets = dataDir === undefined ? new Map<string, Secret>() : await load(dataDir);
  const save = dataDir === undefined ? async () => {} : (secret: Secret) => store(dataDir, secret);
  const operate = secretValues(secrets, () => clock() / 1000, save);

  // One at a time: each operation has to find its secret as the one before left it, on the disk as well.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (operation: string, input: unknown): Promise<object> => {
    const run = last.then(() => operate(operation, input));
    last = run.catch(() => undefined);
    return run;
  };

  const guard = options.guard?.((id) => findSecret(secrets, id)?.arn);
  const server = createServer((request, response) => {
    answer(request, inTurn, guard).then(
      (output) => respond(response, 200, output),
      (error: unknown) => respondError(response, error),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    createSecret: async (name) => {
      const existing = secrets.get(name);
      if (existing !== undefined) return { arn: existing.arn };
      const { ARN } = (await inTurn('CreateSecret', { Name: name })) as { ARN: string };
      return { arn: ARN };
    },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const TARGET = /^secretsmanager\.(\w+)$/;
const MAX_BODY = 200_000;

async function answer(
  request: IncomingMessage,
  operate: (operation: string, input: unknown) => Promise<object>,
  guard: Guard | undefined,
): Promise<object> {
  const body = await read(request);
  const refused = await guard?.(signedRequestOf(request, body));
  if (refused !== undefined) throw new Refused(refused);
  const operation = TARGET.exec(String(request.headers['x-amz-target'] ?? ''))?.[1];
  if (request.method !== 'POST' || operation === undefined) {
    throw new SecretsManagerError(
      'UnknownOperationException',
      'POST with an X-Amz-Target of secretsmanager.*',
    );
  }
  if (request.headers.authorization === undefined) {
    throw new SecretsManagerError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  return operate(operation, parse(body));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY)
      throw new SecretsManagerError('RequestEntityTooLargeException', 'body too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new SecretsManagerError('SerializationException', 'the body is not JSON');
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
    error instanceof SecretsManagerError
      ? error
      : new SecretsManagerError('InternalServiceError', 'An error occurred on the server side.', 500);
  if (known !== error) console.error(error);
  const { type, message, status } = known;
  respond(response, status, { __type: type, message }, { 'x-amzn-errortype': type });
}

async function load(dataDir: string): Promise<Map<string, Secret>> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const files = (await readdir(dataDir)).filter((file) => file.endsWith('.json'));
  const secrets = await Promise.all(files.map((file) => readSecret(join(dataDir, file))));
  return new Map(secrets.map((secret) => [secret.name, secret]));
}

async function readSecret(file: string): Promise<Secret> {
  const text = await readFile(file, 'utf8');
  try {
    return secretShape.parse(JSON.parse(text));
  } catch {
    // Without the parser's message: it quotes what it read.
    throw new Error(`${file} does not hold a secret`);
  }
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. */
async function store(dataDir: string, secret: Secret): Promise<void> {
  const file = join(dataDir, `${encodeURIComponent(secret.name)}.json`);
  await writeFile(`${file}.new`, JSON.stringify(secret), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
