/**
 * What a login costs this machine's processor: the login handler against the bare RSA-2048 signature in it, and,
 * both over HTTP on loopback with their stores in memory, against oidc-provider's client_credentials.
 */
import { KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { Bench } from 'tinybench';
import { hashSecret, verifyPassword, verifySecret } from '../lambdas/crypto/credentials.ts';
import { signToken } from '../lambdas/crypto/sign-token.ts';
import type { Client, Credential } from '../lambdas/domain/client.ts';
import type { Directory } from '../lambdas/domain/ports.ts';
import { mintApiKey, mintCredentialId } from '../lambdas/domain/secret-format.ts';
import { authenticator } from '../lambdas/functions/authenticate.ts';
import { loginHandler } from '../lambdas/functions/login/handler.ts';
import type { Handler, Request } from '../lambdas/http/event.ts';
import type { Log } from '../lambdas/http/log.ts';
import { requestEvent } from '../test/support/event.ts';
import { startOidcProvider } from './oidc-provider.ts';

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));

export async function benchLogin(): Promise<Record<string, string | number>[]> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const bareKey = KeyObject.from(privateKey);
  const credentialId = mintCredentialId(random);
  const apiKey = mintApiKey('bench', credentialId, random);
  const handler = login(privateKey, apiKey, credentialId);
  const event = requestEvent('POST /auth', { headers: { 'x-api-key': apiKey } });
  const ours = await serve(handler, event);
  const theirs = await startOidcProvider(await exportJWK(privateKey), apiKey);
  const payload = Buffer.alloc(700, 'x');

  const bench = new Bench({ time: 3000, warmupTime: 500 });
  bench
    .add('bare RSA-2048 signature', () => void sign('RSA-SHA256', payload, bareKey))
    .add('login handler', async () => expectToken((await handler(event)).statusCode))
    .add('login handler over HTTP', () => ours.issue())
    .add('oidc-provider client_credentials over HTTP', () => theirs.issue());
  await bench.run();
  await Promise.all([ours.close(), theirs.close()]);

  const rates = bench.tasks.map(({ name, result }) => {
    if (!('throughput' in result)) throw new Error(`${name} failed`);
    return { name, rate: result.throughput.mean };
  });
  const rateOf = (name: string) => rates.find((task) => task.name === name)?.rate ?? Number.NaN;
  return rates.map(({ name, rate }) => ({
    what: name,
    'tokens/s': Math.round(rate),
    'against bare RSA': (rate / rateOf('bare RSA-2048 signature')).toFixed(2),
    'against oidc-provider': (rate / rateOf('oidc-provider client_credentials over HTTP')).toFixed(2),
  }));
}

function login(key: CryptoKey, apiKey: string, credentialId: string): Handler {
  const authenticate = authenticator({
    directory: inMemory(apiKey, credentialId),
    verifySecret,
    verifyPassword,
    clock: Date.now,
    log: silent,
  });
  return loginHandler(
    {
      authenticate,
      openSession: (_, issuance) => ({ issuance }),
      sign: async (claims) => ({ token: await signToken(claims, { kid: 'bench', key }), kid: 'bench' }),
      ledger: { append: async () => undefined },
      clock: Date.now,
      random,
      log: silent,
    },
    { issuer: 'https://issuer.example', audience: 'bench', price: 0, roles: {}, tokenLifetime: 900 },
  );
}

/** A directory of one client: what is measured is the handler, not a database. */
function inMemory(apiKey: string, credentialId: string): Directory {
  const common = { clientId: 'bench', state: 'active', createdAt: 0 } as const;
  const client: Client = {
    ...common,
    name: 'bench',
    kind: 'service',
    scopes: ['read:products'],
    roles: [],
    allowedClaims: [],
  };
  const credential: Credential = { ...common, credentialId, kind: 'api_key', hash: hashSecret(apiKey) };
  return {
    lookUp: async () => ({ client, credential }),
    countFailure: async () => undefined,
    clearFailures: async () => undefined,
  };
}

const nothing = () => undefined;
const silent: Log = { info: nothing, warn: nothing, error: nothing, unbooked: nothing, count: nothing };

/** The least server that can stand in front of a handler. */
async function serve(handler: Handler, event: Request) {
  const server = createServer(async (_, response) => {
    const { statusCode, headers, body } = await handler(event);
    response.writeHead(statusCode ?? 200, headers as Record<string, string>).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`;
  return {
    issue: async () => {
      const response = await fetch(url, { method: 'POST' });
      await response.json();
      expectToken(response.status);
    },
    close: () => new Promise((closed) => server.close(closed)),
  };
}

function expectToken(status: number | undefined): void {
  if (status !== 200) throw new Error(`login answered ${status}`);
}
