/** One HTTP request to a deployment, and what the command says where no answer comes. */
import { CommandFailure, EXIT, messageOf } from './failure.ts';

/** Where a request goes. */
export interface Endpoint {
  kind: 'local' | 'stack' | 'url';
  /** Without a slash at the end. */
  url: string;
}

export interface Exchanged {
  status: number;
  statusText: string;
  headers: Headers;
  bytes: Uint8Array;
}

/** Longer than the gateway itself would wait (30 s). */
const TIMEOUT = 35_000;

/**
 * @returns whatever the server answered
 * @throws {CommandFailure} `unreachable` where it did not answer, or would have it sent elsewhere
 */
export async function exchange(
  endpoint: Endpoint,
  url: URL | string,
  request: {
    method: string;
    headers: Record<string, string>;
    body?: string | Uint8Array<ArrayBuffer>;
    signal?: AbortSignal;
  },
): Promise<Exchanged> {
  try {
    const ends = [AbortSignal.timeout(TIMEOUT), ...(request.signal === undefined ? [] : [request.signal])];
    const signal = AbortSignal.any(ends);
    // A redirect would take the signature or the token, and the secrets of the answer, somewhere else.
    const response = await fetch(url, { ...request, signal, redirect: 'error' });
    const { status, statusText, headers } = response;
    return { status, statusText, headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    throw unreachable(endpoint, error);
  }
}

function unreachable({ kind, url }: Endpoint, error: unknown): CommandFailure {
  // fetch hides what happened behind "fetch failed".
  const reason = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  return new CommandFailure(EXIT.unreachable, `${url} did not answer: ${reason}`, NEXT[kind], {
    cause: error,
  });
}

const NEXT: Readonly<Record<Endpoint['kind'], string>> = {
  local: 'Start the local runner with `npm run local` and wait until it is ready.',
  stack: 'Check your connection, and that the stack is deployed.',
  url: 'Check your connection, and the address.',
};
