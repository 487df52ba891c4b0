/** Requests to the operator routes, signed with the caller's AWS credentials (Signature Version 4). */
import { exchange } from './exchange.ts';
import type { Target } from './target.ts';

export interface Answer {
  status: number;
  /** The body's JSON; `undefined` where it is none. */
  body: unknown;
  /** The body as it came. */
  text: string;
  headers: Headers;
}

/** A request to an operator route. */
export interface Asked {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The route's, such as `/admin/clients`. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  content?: unknown;
  /** The media type that is asked for, of a route that has several; it is not signed. */
  accept?: string;
  /** The entity tag that a change is about, as it was read. */
  ifMatch?: string | undefined;
  /** It is to be made, and refused where it is there already. */
  ifAbsent?: boolean;
  /** Ends the request before it is answered. */
  signal?: AbortSignal | undefined;
  /** By which the server knows a creation that is asked for again. */
  idempotencyKey?: string;
}

/**
 * Sends one request.
 *
 * @param target the deployment
 * @returns whatever the server answered
 * @throws {CommandFailure} `unreachable` where it did not answer
 */
export async function signedFetch(target: Target, asked: Asked): Promise<Answer> {
  const { method, path, query = {}, content, signal } = asked;
  const url = new URL(target.url + path);
  // A space is %20 in what is signed (SigV4), never the + of forms.
  url.search = new URLSearchParams(query).toString().replaceAll('+', '%20');
  const body = content === undefined ? undefined : JSON.stringify(content);
  const signed = await signedHeaders(target, { method, url, query, body });
  const headers = { ...signed, ...unsignedHeaders(asked) };
  const sent = { method, headers, ...(body !== undefined && { body }), ...(signal && { signal }) };
  const { status, headers: answered, bytes } = await exchange(target, url, sent);
  const text = new TextDecoder().decode(bytes);
  return { status, headers: answered, text, body: parse(text) };
}

const unsignedHeaders = ({ accept, ifMatch, ifAbsent, idempotencyKey }: Asked): Record<string, string> => ({
  ...(accept !== undefined && { accept }),
  ...(ifMatch !== undefined && { 'if-match': ifMatch }),
  ...(ifAbsent && { 'if-none-match': '*' }),
  ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
});

interface Unsigned {
  method: string;
  url: URL;
  query: Readonly<Record<string, string>>;
  body: string | undefined;
}

async function signedHeaders(target: Target, unsigned: Unsigned): Promise<Record<string, string>> {
  const { method, url, query, body } = unsigned;
  // Loaded when there is something to sign, and not for `--help`.
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { Sha256 } = await import('@aws-crypto/sha256-js');
  const signer = new SignatureV4({
    service: 'execute-api',
    region: target.region,
    credentials: target.credentials,
    sha256: Sha256,
  });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: { ...query },
    headers: { host: url.host, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  });
  // fetch sets the same host by itself, and takes it from no one else.
  const { host: _, ...headers } = signed.headers;
  return headers;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
