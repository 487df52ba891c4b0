/** HTTP only: these tests run against any deployment that TOLLGATE_URL names, and otherwise a local runner. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inject } from 'vitest';
import { type Answered, conformance, type Document } from '../support/openapi.ts';
import { FAILED } from './setup.ts';

interface Contract {
  url: string;
  clients: {
    reader: { clientId: string; clientSecret: string; apiKey: string };
    writer: { clientId: string; clientSecret: string; apiKey: string };
    gateway: { clientId: string; clientSecret: string; apiKey: string };
    alice: { clientId: string; password: string };
  };
  /** Credentials that may call the operator's routes. */
  aws?: { accessKeyId: string; secretAccessKey: string; region: string };
}

/** Milliseconds; bundling takes most of it on a busy machine. */
const START_TIMEOUT = 180_000;

const contract = await read(inject('contract'));
export const { reader, writer, gateway, alice } = contract.clients;
export const url = inject('url') ?? contract.url;
export const operator = contract.aws;

async function read(file: string): Promise<Contract> {
  const until = Date.now() + START_TIMEOUT;
  const failed = join(dirname(file), FAILED);
  while (!existsSync(file)) {
    if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'));
    if (Date.now() > until) throw new Error(`the local runner did not start: there is no ${file}`);
    await wait(100);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Contract;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; throws where it is none. */
  json(): Record<string, unknown>;
}

interface CallOptions {
  headers?: Record<string, string>;
  body?: string;
}

/**
 * Each answer has to be what the deployment's own document says: status, form and code.
 *
 * @param key method and path, such as `GET /products/lamp`
 */
export async function call(key: string, { headers = {}, body }: CallOptions = {}): Promise<Answer> {
  const [method = 'GET', path = '/'] = key.split(' ');
  const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  await documented({ key, status: response.status, contentType: response.headers.get('content-type'), text });
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

let check: Promise<(answered: Answered) => string | undefined> | undefined;

async function documented(answered: Answered): Promise<void> {
  check ??= fetch(`${url}/openapi.json`).then(async (document) =>
    conformance((await document.json()) as Document),
  );
  const fault = (await check)(answered);
  if (fault === undefined) return;
  const { key, status, text } = answered;
  throw new Error(
    `${key} was answered ${status}, and openapi.json says otherwise: ${fault}\n${text.slice(0, 1000)}`,
  );
}

export const basic = (user: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

export const json = { 'content-type': 'application/json' };
export const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** @returns an access token of the API key's client. */
export async function login(apiKey: string, request: Record<string, unknown> = {}): Promise<string> {
  const answer = await call('POST /auth', {
    headers: { 'x-api-key': apiKey, ...json },
    body: JSON.stringify(request),
  });
  if (answer.status !== 200) throw new Error(`login failed: ${answer.status} ${answer.text}`);
  return String(answer.json().access_token);
}

/** @returns an access token of alice, a user. */
export async function loginAsAlice(): Promise<string> {
  const answer = await call('POST /auth', { headers: basic(alice.clientId, alice.password) });
  if (answer.status !== 200) throw new Error(`login failed: ${answer.status} ${answer.text}`);
  return String(answer.json().access_token);
}

/** @returns the claims of a token, not verified. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** @returns the token with its payload changed, and its signature as it was. */
export function tampered(token: string, change: Record<string, unknown>): string {
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), ...change })).toString('base64url');
  return `${header}.${payload}.${signature}`;
}
