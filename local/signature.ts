/**
 * Checks AWS Signature Version 4 by signing the request again. A payload that is not part of the signature, a
 * signature in the query and a session token are not known here.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type GatewayRequest, headersOf } from './event.ts';
import { REGION } from './physical.ts';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What of a request a signature may cover. */
export type SignedRequest = Pick<GatewayRequest, 'method' | 'path' | 'query' | 'rawHeaders' | 'body'>;

export function signedRequestOf(incoming: IncomingMessage, body: Buffer): SignedRequest {
  const [path = '', ...query] = (incoming.url ?? '').split('?');
  return {
    method: incoming.method ?? '',
    path,
    query: query.join('?'),
    rawHeaders: incoming.rawHeaders,
    body,
  };
}

export type SignatureCheck =
  | { valid: true; accessKeyId: string }
  /** `missing`: not signed; `malformed`: not by our rules; `unknown`: by a key that nobody has; `stale`: too old. */
  | { valid: false; reason: 'missing' | 'malformed' | 'unknown' | 'stale' | 'wrong' };

export interface SignatureRules {
  /** The service's name in the scope of the signature, such as `dynamodb`. */
  service: string;
  /** @returns the secret of an access key; `undefined` for a key that nobody has. */
  secretOf(accessKeyId: string): string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

const ALGORITHM =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Milliseconds that the signature's date may be off. */
const SKEW = 5 * 60_000;

export async function checkSignature(request: SignedRequest, rules: SignatureRules): Promise<SignatureCheck> {
  const headers = headersOf(request.rawHeaders);
  if (headers.authorization === undefined) return { valid: false, reason: 'missing' };
  const [whole, accessKeyId = '', day = '', region, service, signedNames = '', signature = ''] =
    ALGORITHM.exec(headers.authorization) ?? [];
  const date = parseDate(headers['x-amz-date']);
  const signed = signedNames.split(';');
  const inOrder =
    whole !== undefined &&
    region === REGION &&
    service === rules.service &&
    headers['x-amz-date']?.startsWith(day) === true &&
    ['host', 'x-amz-date'].every((name) => signed.includes(name)) &&
    signed.every((name) => Object.hasOwn(headers, name));
  if (!inOrder || date === undefined) return { valid: false, reason: 'malformed' };
  const secretAccessKey = rules.secretOf(accessKeyId);
  if (secretAccessKey === undefined) return { valid: false, reason: 'unknown' };
  if (Math.abs(rules.now - date.getTime()) > SKEW) return { valid: false, reason: 'stale' };
  if (!isPayloadHash(headers['x-amz-content-sha256'], request.body)) return { valid: false, reason: 'wrong' };
  const credentials = { accessKeyId, secretAccessKey };
  const expected = await signatureOf(request, pick(headers, signed), credentials, rules.service, date);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
    ? { valid: true, accessKeyId }
    : { valid: false, reason: 'wrong' };
}

async function signatureOf(
  { method, path, query, body }: SignedRequest,
  headers: Record<string, string>,
  credentials: AwsCredentials,
  service: string,
  signingDate: Date,
): Promise<string> {
  const signer = new SignatureV4({
    credentials,
    region: REGION,
    service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers: signed } = await signer.sign(
    { method, protocol: 'http:', hostname: headers.host ?? '', path, query: queryOf(query), headers, body },
    { signingDate, signableHeaders: new Set(Object.keys(headers)) },
  );
  return /Signature=([0-9a-f]{64})$/.exec(signed.authorization ?? '')?.[1] ?? '0'.repeat(64);
}

function isPayloadHash(claimed: string | undefined, body: Buffer): boolean {
  return claimed === undefined || claimed === createHash('sha256').update(body).digest('hex');
}

/** @returns the instant of an `x-amz-date`, `20261122T120000Z`. */
function parseDate(text = ''): Date | undefined {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const date = new Date(iso);
  return iso === text || Number.isNaN(date.getTime()) ? undefined : date;
}

function queryOf(query: string): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const part of query.split('&').filter((one) => one !== '')) {
    const [name = '', ...rest] = part.split('=');
    const key = decode(name);
    values.set(key, [...(values.get(key) ?? []), decode(rest.join('='))]);
  }
  return Object.fromEntries(values);
}

/** A plus is a plus in a signed query, not a space. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const pick = (headers: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, headers[name] ?? '']));
