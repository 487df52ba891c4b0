/** The operator's side of a deployment: requests to its routes, signed as AWS wants them (SigV4). */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Answer, call, json, operator, url } from './support.ts';

/**
 * @param key method and path, such as `POST /admin/clients`, with or without a query
 * @param more headers that are not signed
 */
export async function operate(
  key: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { ...(await signed(key, text)), ...more };
  return call(key, { headers, ...(text !== undefined && { body: text }) });
}

/** @returns what came back from a request that has to succeed. */
export async function operated(key: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await operate(key, body);
  if (answer.status >= 300) throw new Error(`${key} was answered ${answer.status}: ${answer.text}`);
  return answer.text === '' ? {} : answer.json();
}

/** @returns the headers of a signed request with this body. */
export async function signed(key: string, body?: string): Promise<Record<string, string>> {
  if (operator === undefined) throw new Error('no operator');
  const { accessKeyId, secretAccessKey, region } = operator;
  const credentials = { accessKeyId, secretAccessKey };
  const [method = 'GET', target = '/'] = key.split(' ');
  const { protocol, host, hostname, pathname, searchParams } = new URL(url + target);
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256 });
  const request = {
    ...{ method, protocol, hostname, path: pathname, query: Object.fromEntries(searchParams) },
    headers: { host, ...(body !== undefined && json) },
    ...(body !== undefined && { body }),
  };
  const { host: _, ...headers } = (await signer.sign(request)).headers;
  return headers;
}
