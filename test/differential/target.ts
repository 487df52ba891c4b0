/** A deployment under comparison, and what each placeholder of a request is there. */
import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';
import { FAILED } from '../e2e/setup.ts';
import type { Secrets } from './request.ts';

interface Service {
  clientId: string;
  clientSecret: string;
  apiKey: string;
}

interface Contract {
  url: string;
  clients: { reader: Service; writer: Service; alice: { clientId: string; password: string } };
  aws: { accessKeyId: string; secretAccessKey: string; region: string };
}

export interface Target {
  base: URL;
  secrets: Secrets;
  operator: Contract['aws'];
}

/** Milliseconds; the local runner bundles the functions meanwhile. */
const START_TIMEOUT = 180_000;

/** Milliseconds until a token of one second is over everywhere. */
const EXPIRY = 2100;

/**
 * @param file the contract, in the form of `.tollgate/local.json`; waited for
 * @param url where the routes are, if not where the file says
 */
export async function openTarget(file: string, url?: string): Promise<Target> {
  const { clients, aws, ...contract } = await read(file);
  const issuer = (url ?? contract.url).replace(/\/$/, '');
  const tokens = await tokensOf(issuer, clients);
  return { base: new URL(issuer), operator: aws, secrets: { ...credentialsOf(clients), ...tokens } };
}

async function read(file: string): Promise<Contract> {
  const until = Date.now() + START_TIMEOUT;
  const failed = join(dirname(file), FAILED);
  while (!existsSync(file)) {
    if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'));
    if (Date.now() > until) throw new Error(`there is no ${file}`);
    await wait(100);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Contract;
}

/** Ids of this run: what is created or failed under them is nobody else's, and no earlier run's. */
function credentialsOf({ reader, writer, alice }: Contract['clients']): Record<string, string> {
  const run = randomUUID().slice(0, 8);
  const values: Record<string, string> = { run, 'password.alice': alice.password };
  for (const [name, one] of Object.entries({ reader, writer })) {
    values[`id.${name}`] = one.clientId;
    values[`apiKey.${name}`] = one.apiKey;
    values[`secret.${name}`] = one.clientSecret;
    values[`basic.${name}`] = base64(`${one.clientId}:${one.clientSecret}`);
  }
  values['id.alice'] = alice.clientId;
  values['basic.alice'] = base64(`${alice.clientId}:${alice.password}`);
  values['basic.stranger'] = base64(`stranger-${run}:wrong`);
  values['basic.locked'] = base64(`locked-${run}:wrong`);
  values['apiKey.typo'] = `${reader.apiKey.slice(0, -1)}${reader.apiKey.endsWith('a') ? 'b' : 'a'}`;
  return values;
}

async function tokensOf(issuer: string, clients: Contract['clients']): Promise<Record<string, string>> {
  const log = (credentials: Record<string, string>, body: object = {}) => login(issuer, credentials, body);
  const reader = { 'x-api-key': clients.reader.apiKey };
  const basic = base64(`${clients.alice.clientId}:${clients.alice.password}`);
  const [valid, writer, alice, narrow, brief, revoked, spare] = await Promise.all([
    log(reader),
    log({ 'x-api-key': clients.writer.apiKey }),
    log({ authorization: `Basic ${basic}` }),
    log(reader, { scope: 'read:usage', claims: { userID: '42', role: 'buyer' } }),
    log(reader, { expiresIn: 1 }),
    log(reader),
    log(reader),
  ]);
  await revoke(issuer, revoked, clients.reader);
  await wait(EXPIRY);
  return {
    'token.reader': valid,
    'token.writer': writer,
    'token.alice': alice,
    'token.narrow': narrow,
    'token.expired': brief,
    'token.revoked': revoked,
    'token.spare': spare,
    ...(await forgeries(issuer, valid)),
  };
}

/** Tokens that no gateway may let through, each of them almost the valid one. */
async function forgeries(issuer: string, valid: string): Promise<Record<string, string>> {
  const [header = '', payload = '', signature = ''] = valid.split('.');
  const claims = decode(payload) as JWTPayload;
  const { kid } = decode(header) as { kid: string };
  const { privateKey } = await generateKeyPair('RS256');
  const signedByStranger = (change: JWTPayload, head: object = {}) =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, ...head })
      .sign(privateKey);
  const symmetric = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`;
  const mac = createHmac('sha256', await publicKeyOf(issuer, kid))
    .update(symmetric)
    .digest('base64url');
  return {
    'token.payload': `${header}.${encode({ ...claims, scope: 'read:products write:products' })}.${signature}`,
    'token.signature': `${header}.${payload}.${encode('no signature of anyone')}`,
    'token.header': `${encode({ alg: 'RS256', typ: 'JWT', kid })}.${payload}.${signature}`,
    'token.none': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
    'token.hs256': `${symmetric}.${mac}`,
    'token.kid': await signedByStranger({}, { kid: 'another' }),
    'token.stranger': await signedByStranger({}),
    'token.issuer': await signedByStranger({ iss: 'https://issuer.example' }),
    'token.segments': `${header}.${payload}`,
    'token.four': `${valid}.${signature}`,
    'token.padded': `${valid}==`,
  };
}

async function publicKeyOf(issuer: string, kid: string): Promise<string> {
  const { keys } = (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  const jwk = keys.find((key) => key.kid === kid);
  const key = await importJWK({ ...jwk }, 'RS256', { extractable: true });
  if (key instanceof Uint8Array) throw new Error('the JWKS has a symmetric key');
  return exportSPKI(key);
}

async function login(issuer: string, credentials: Record<string, string>, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json', ...credentials };
  const response = await fetch(`${issuer}/auth`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`login at ${issuer}: ${response.status} ${text}`);
  return String((JSON.parse(text) as { access_token: unknown }).access_token);
}

async function revoke(issuer: string, token: string, { clientId, clientSecret }: Service): Promise<void> {
  const headers = { authorization: `Basic ${base64(`${clientId}:${clientSecret}`)}` };
  const body = new URLSearchParams({ token });
  const { status } = await fetch(`${issuer}/oauth2/revoke`, { method: 'POST', headers, body });
  if (status !== 200) throw new Error(`revocation at ${issuer}: ${status}`);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (segment: string): unknown => JSON.parse(Buffer.from(segment, 'base64url').toString());
