/**
 * JSON from a server that may be slow, wrong or hostile: in bounded time, of bounded size, from exactly the address
 * that was asked for.
 */
import { StoreUnavailable } from '../domain/ports.ts';

export interface Bounds {
  /** Ends everything, the body as well. */
  signal: AbortSignal;
  /** Bytes, unpacked. */
  maxBytes: number;
}

/**
 * Gets a JSON document, whatever its media type. Redirects are not followed: whoever can redirect could name the keys.
 *
 * @throws {StoreUnavailable} for everything but a whole JSON document with status 200; its message says what was
 *   wrong and quotes nothing
 */
export async function boundedJson(url: string, { signal, maxBytes }: Bounds): Promise<unknown> {
  const response = await get(url, signal);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new StoreUnavailable(
      response.status >= 300 && response.status < 400
        ? 'it redirects, and redirects are not followed'
        : `it answers ${response.status}`,
    );
  }
  return parse(await textOf(response, maxBytes, signal));
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  // `identity`, so that nothing small has to be unpacked to something large.
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'tollgate' };
  try {
    return await fetch(url, { headers, redirect: 'manual', signal });
  } catch (cause) {
    throw new StoreUnavailable(signal.aborted ? TOO_SLOW : 'it cannot be reached', { cause });
  }
}

const TOO_SLOW = 'it does not answer in time';

/** Reads piece by piece, and no further than the limit: leaving the loop closes the connection. */
async function textOf(response: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > maxBytes) throw new StoreUnavailable(`it answers more than ${maxBytes} bytes`);
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof StoreUnavailable) throw cause;
    throw new StoreUnavailable(signal.aborted ? TOO_SLOW : 'its answer breaks off', { cause });
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StoreUnavailable(
      /^\s*</.test(text) ? 'it answers HTML or XML, not JSON' : 'its answer is not JSON',
    );
  }
}
