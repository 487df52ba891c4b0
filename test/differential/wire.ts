/** Sends a request as it is written: node:http normalises neither the path nor the headers. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type AbstractRequest, fill } from './request.ts';
import type { Target } from './target.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Milliseconds; a cold start is in it. */
const TIMEOUT = 30_000;

/** Times that what is answered 503 is asked, a second after each: that is what 503 says, and a busy machine is none of it. */
const TRIES = 3;

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/**
 * @returns what the target answered; status 0 with the error's code as the body where it ended the connection
 */
export async function send(request: AbstractRequest, target: Target): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sendOnce(request, target);
    if (answer.status !== 503 || attempt === TRIES) return answer;
    await wait(1000);
  }
}

async function sendOnce(request: AbstractRequest, target: Target): Promise<Answer> {
  const filled = {
    path: target.base.pathname.replace(/\/$/, '') + fill(request.path, target.secrets),
    headers: request.headers.map(([name, value]) => [name, fill(value, target.secrets)] as const),
    body: request.body === undefined ? undefined : Buffer.from(fill(request.body, target.secrets)),
  };
  const headers = [['host', target.base.host] as const, ...filled.headers, ...lengthOf(request, filled.body)];
  const signed = request.signed && (await signatureOf(request, target, filled.body));
  return exchange(request, target, filled.path, [...headers, ...Object.entries(signed ?? {})], filled.body);
}

function exchange(
  request: AbstractRequest,
  target: Target,
  path: string,
  headers: readonly (readonly [string, string])[],
  body: Buffer | undefined,
): Promise<Answer> {
  const { method, chunked } = request;
  const { base } = target;
  const open = base.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const sent = open({
      hostname: base.hostname,
      port: base.port,
      method,
      path,
      headers: headers.flat(),
      timeout: TIMEOUT,
      ...(base.protocol === 'http:' && { agent }),
    });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // A connection that lay idle may end just as it is used again; on a new one the target says what it means.
      const again = sent.reusedSocket && error.code === 'ECONNRESET';
      resolve(
        again
          ? exchange(request, target, path, headers, body)
          : { status: 0, headers: {}, body: error.code ?? error.message },
      );
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve({ status: 0, headers: {}, body: 'the answer broke off' }));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    if (chunked && body !== undefined) for (const byte of chunksOf(body)) sent.write(byte);
    sent.end(chunked ? undefined : body);
  });
}

function lengthOf({ chunked, method }: AbstractRequest, body: Buffer | undefined): [string, string][] {
  if (chunked) return [['transfer-encoding', 'chunked']];
  if (body !== undefined) return [['content-length', String(body.length)]];
  return ['POST', 'PUT', 'PATCH'].includes(method) ? [['content-length', '0']] : [];
}

const chunksOf = (body: Buffer): Buffer[] =>
  [body.subarray(0, 7), body.subarray(7)].filter((part) => part.length > 0);

async function signatureOf(
  { method, path, signed }: AbstractRequest,
  target: Target,
  body: Buffer | undefined,
) {
  const { accessKeyId, secretAccessKey, region } = target.operator;
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: { accessKeyId, secretAccessKey: signed === 'right' ? secretAccessKey : 'nobodys' },
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method,
    protocol: target.base.protocol,
    hostname: target.base.hostname,
    path: target.base.pathname.replace(/\/$/, '') + path,
    headers: { host: target.base.host },
    ...(body !== undefined && { body }),
  });
  const { host: _, ...added } = headers;
  return added;
}
