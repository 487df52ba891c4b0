/**
 * What a login costs this machine's processor: the login handler against the bare RSA-2048 signature in it, and,
 * both over HTTP on loopback with their stores in memory, against oidc-provider's client_credentials.
 */
import { KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK } from 'jose';
import { Bench } from 'tinybench';
import type { Handler, Request } from '../lambdas/http/event.ts';
import { requestEvent } from '../test/support/event.ts';
import { inMemory } from './in-memory.ts';
import { startOidcProvider } from './oidc-provider.ts';
import { type Row, ratesOf } from './rates.ts';

export async function benchLogin(): Promise<Row[]> {
  const { key, apiKey, login } = await inMemory();
  const bareKey = KeyObject.from(key);
  const event = requestEvent('POST /auth', { headers: { 'x-api-key': apiKey } });
  const ours = await serve(login, event);
  const theirs = await startOidcProvider(await exportJWK(key), apiKey);
  const payload = Buffer.alloc(700, 'x');

  const bench = new Bench({ time: 3000, warmupTime: 500 });
  bench
    .add('bare RSA-2048 signature', () => void sign('RSA-SHA256', payload, bareKey))
    .add('login handler', async () => expectToken((await login(event)).statusCode))
    .add('login handler over HTTP', () => ours.issue())
    .add('oidc-provider client_credentials over HTTP', () => theirs.issue());
  await bench.run();
  await Promise.all([ours.close(), theirs.close()]);

  return ratesOf(bench, 'tokens/s', {
    'against bare RSA': 'bare RSA-2048 signature',
    'against oidc-provider': 'oidc-provider client_credentials over HTTP',
  });
}

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
