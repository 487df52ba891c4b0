/**
 * Requests to a server that nobody vouches for. Each is bounded in time and in size, follows no redirect and
 * decompresses nothing; and the run as a whole has an end.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { messageOf } from '../failure.ts';

export interface Reply {
  status: number;
  /** Lower-case names; the values of a repeated header are joined with commas. */
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  /** Whether there was more of the body than anybody wanted to read. */
  cut: boolean;
  /** Milliseconds from the first byte sent, a new connection included, to the last one received. */
  milliseconds: number;
  /** When it began and when it ended, in milliseconds since the epoch by this machine's clock. */
  sentAt: number;
  receivedAt: number;
}

/** What came back, or why nothing did. */
export type Exchange = { ok: true; reply: Reply } | { ok: false; reason: string };

export interface RequestOptions {
  headers?: Record<string, string>;
  body?: string;
  /** Over a connection of its own. */
  fresh?: boolean;
}

export interface Http {
  /**
   * @param key method and path, such as `GET /usage`; the path is sent as it is, below that of the deployment's URL
   */
  send(key: string, options?: RequestOptions): Promise<Exchange>;
  close(): void;
}

export interface Limits {
  /** Milliseconds for one request. */
  timeout: number;
  /** Milliseconds for all of them. */
  total: number;
}

/** One byte more than the gateway reads of a document is enough to know that it is too much. */
const MAX_BODY = 150_001;

const LIMITS: Limits = { timeout: 10_000, total: 120_000 };

/** @param url the deployment's, without a slash at the end */
export function createHttp(url: string, limits: Limits = LIMITS): Http {
  const base = new URL(url);
  const { request } = base.protocol === 'https:' ? https : http;
  const kept = agentFor(base, true);
  const single = agentFor(base, false);
  const end = AbortSignal.timeout(limits.total);

  async function once(key: string, options: RequestOptions, signal: AbortSignal): Promise<Reply> {
    const { headers = {}, body, fresh = false } = options;
    const [method = 'GET', path = '/'] = key.split(' ');
    const sentAt = Date.now();
    const started = performance.now();
    const outgoing = request({
      ...urlToHttpOptions(base),
      path: base.pathname.replace(/\/$/, '') + path,
      method,
      headers: { 'user-agent': 'tollgate-doctor', accept: '*/*', ...headers },
      agent: fresh ? single : kept,
      signal,
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve).on('error', reject);
    });
    outgoing.end(body);
    const { statusCode = 0, headers: received, ...response } = await read(await answered, outgoing);
    return {
      ...response,
      status: statusCode,
      headers: joined(received),
      milliseconds: performance.now() - started,
      sentAt,
      receivedAt: Date.now(),
    };
  }

  async function send(key: string, options: RequestOptions = {}): Promise<Exchange> {
    const late = AbortSignal.timeout(limits.timeout);
    try {
      return { ok: true, reply: await once(key, options, AbortSignal.any([end, late])) };
    } catch (error) {
      if (end.aborted) return lost(`the ${limits.total / 1000} s of the whole examination are over`);
      if (late.aborted) return lost(`no whole answer within ${limits.timeout / 1000} s`);
      // The server closed a connection that was kept, at the moment at which it was used again.
      if (isReset(error) && !options.fresh) return send(key, { ...options, fresh: true });
      return lost(messageOf(error));
    }
  }

  return { send, close: () => kept.destroy() };
}

/** A certificate that is not good is none, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const agentFor = ({ protocol }: URL, keepAlive: boolean): http.Agent =>
  protocol === 'https:'
    ? new https.Agent({ keepAlive, rejectUnauthorized: true })
    : new http.Agent({ keepAlive });

async function read(response: http.IncomingMessage, outgoing: http.ClientRequest) {
  const { statusCode, headers } = response;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= MAX_BODY) break;
  }
  const cut = size >= MAX_BODY;
  if (cut) outgoing.destroy();
  return { statusCode, headers, body: Buffer.concat(chunks).toString('utf8'), cut };
}

const joined = (headers: http.IncomingHttpHeaders): Reply['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));

const lost = (reason: string): Exchange => ({ ok: false, reason });

/** @returns the value of JSON; `undefined` where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @returns whether it is a JSON object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
