/** The quotas of HTTP APIs that a request can run into (HTTP API quotas). */
import type { IncomingMessage } from 'node:http';

/** Bytes of a request's body. */
export const MAX_BODY = 10 * 1024 * 1024;

/** Bytes of the request line and all headers together. */
export const MAX_HEADERS = 10_240;

/** @returns the bytes of the request line and the headers. */
export const headerBytes = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text, 'latin1'), method.length + url.length);

/**
 * Reads a request's body.
 *
 * @returns the body; `undefined` where it is longer than `limit`, and what is left of it is not kept
 * @throws Error where the connection ends before the body does
 */
export async function readBody(
  request: AsyncIterable<Buffer>,
  limit: number = MAX_BODY,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= limit ? Buffer.concat(chunks) : undefined;
}

/** Bytes of an event that Lambda takes from a gateway (Lambda quotas: 6 MB, synchronous). */
const MAX_EVENT = 6 * 1024 * 1024;

/** @returns whether Lambda would refuse the event. */
export const isTooLargeForLambda = (event: unknown): boolean =>
  Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT;
