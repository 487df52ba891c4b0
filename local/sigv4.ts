/** Verifies AWS Signature Version 4 for routes with IAM authorization, by signing the request again. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type GatewayRequest, headersOf } from './event.ts';
import { ACCOUNT, REGION } from './physical.ts';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What stands in `requestContext.authorizer` behind IAM authorization. */
export interface IamContext {
  iam: {
    accessKey: string;
    accountId: string;
    callerId: string;
    cognitoIdentity: null;
    principalOrgId: null;
    userArn: string;
    userId: string;
  };
}

const ALGORITHM =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Milliseconds that the signature's date may be off. */
const SKEW = 5 * 60_000;

/**
 * @param operator the one key that may call routes with IAM authorization
 * @param now milliseconds
 * @returns who signed; `undefined` where the signature is missing, stale, for something else or wrong
 */
export async function verifySignature(
  request: GatewayRequest,
  operator: AwsCredentials,
  now: number,
): Promise<IamContext | undefined> {
  const headers = headersOf(request.rawHeaders);
  const [, accessKeyId, day, region, service, signedNames = '', signature = ''] =
    ALGORITHM.exec(headers.authorization ?? '') ?? [];
  const date = parseDate(headers['x-amz-date']);
  const signed = signedNames.split(';');
  const inOrder =
    accessKeyId === operator.accessKeyId &&
    region === REGION &&
    service === 'execute-api' &&
    date !== undefined &&
    Math.abs(now - date.getTime()) <= SKEW &&
    headers['x-amz-date']?.startsWith(day ?? '') === true &&
    ['host', 'x-amz-date'].every((name) => signed.includes(name)) &&
    signed.every((name) => Object.hasOwn(headers, name)) &&
    isPayloadHash(headers['x-amz-content-sha256'], request.body);
  if (!inOrder) return undefined;
  const expected = await signatureOf(request, pick(headers, signed), operator, date);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return undefined;
  return contextOf(operator.accessKeyId);
}

async function signatureOf(
  { method, path, query, body }: GatewayRequest,
  headers: Record<string, string>,
  credentials: AwsCredentials,
  signingDate: Date,
): Promise<string> {
  const signer = new SignatureV4({
    credentials,
    region: REGION,
    service: 'execute-api',
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

const contextOf = (accessKey: string): IamContext => ({
  iam: {
    accessKey,
    accountId: ACCOUNT,
    callerId: accessKey,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${ACCOUNT}:user/operator`,
    userId: accessKey,
  },
});
