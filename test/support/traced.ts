/** Calls with tokens that were really issued, and what the routes of the lineage tell of them. */
import { decodeJwt } from 'jose';
import type { Client } from '../../lambdas/domain/client.ts';
import { declaredPrices } from '../../lambdas/domain/ledger/price-list.ts';
import { lineageHandler } from '../../lambdas/functions/lineage/handler.ts';
import type { ReadLimits } from '../../lambdas/functions/lineage/ports.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { guard, type ProtectedHandler } from '../../lambdas/http/guard.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { json } from '../../lambdas/http/respond.ts';
import { routeOf } from '../../lambdas/routes.ts';
import { revocationReader, revocationWriter, usageWriter } from '../../lambdas/store/ledger.ts';
import { lineageReader } from '../../lambdas/store/lineage.ts';
import { authorizedEvent, type EventOptions } from './event.ts';
import { asSent, createHandedOver, tokenIn } from './handed-over.ts';
import { asking } from './token-service.ts';

/** Seconds. */
export const RETENTION = 90 * 24 * 3600;

export const TOKEN = 'GET /usage/tokens/{jti}';
export const CREDENTIAL = 'GET /usage/credentials/{credentialId}';
export const TRANSACTION = 'GET /usage/transactions/{txn}';

export type Traced = Awaited<ReturnType<typeof createTraced>>;

export async function createTraced() {
  const world = await createHandedOver();
  const { clock, access, ledgerTable } = world;
  const log = createLog('lineage-test');
  const reading = () => ({
    lineage: lineageReader(access(ledgerTable)),
    revocations: revocationReader(access(ledgerTable)),
    ...{ clock, log, retention: RETENTION },
  });
  let requests = 0;

  /** A call of a route by whoever has the token, through the guard. */
  const call = (
    key: string,
    token: string,
    options: EventOptions = {},
    handler: ProtectedHandler = async () => json(200, {}),
  ): Promise<Response> => {
    const ledger = { ...access(ledgerTable), retention: RETENTION };
    const stores = { revocations: revocationReader(ledger), usage: usageWriter(ledger) };
    const ports = { routeOf, ...stores, prices: declaredPrices, clock, log };
    requests += 1;
    const request = { requestId: `call-${requests}`, at: clock(), ...options };
    return guard(ports, handler)(authorizedEvent(key, asSent(token), token, request));
  };

  return {
    ...world,
    call,
    revocations: () => revocationWriter(access(ledgerTable)),
    /** A client with an API key that may see what was done in its name, and a token of it. */
    async holder(changes: Partial<Client> = {}, request: EventOptions = {}) {
      const scopes = ['read:products', 'read:usage'];
      const client = await world.client({ scopes, ...changes });
      const token = tokenIn(await world.login({ ...asking(client.apiKey, {}), ...request }));
      return { ...client, token };
    },
    /** What a route of the lineage answers, behind the guard; without what that books. */
    ask: async (
      route: string,
      token: string,
      id: string,
      query?: Record<string, string>,
      limits?: ReadLimits,
    ): Promise<Response> => {
      const name = /\{(\w+)\}/.exec(route)?.[1] ?? '';
      const handler = lineageHandler(reading(), limits);
      const options = { pathParameters: { [name]: id }, ...(query && { query }) };
      const request = authorizedEvent(route, asSent(token), token, options);
      return handler(request, callerFrom(token), { charge: () => {} });
    },
  };
}

/** The caller as the guard reads it from the token. */
function callerFrom(token: string) {
  const claims = asSent(token);
  const text = (name: string): string => claims[name] ?? '';
  return {
    ...{ sub: text('sub'), clientId: text('client_id'), credentialId: text('credential_id') },
    ...{
      jti: text('jti'),
      txn: text('txn'),
      kid: 'test-key',
      iat: Number(text('iat')),
      exp: Number(text('exp')),
    },
    ...{ scopes: text('scope').split(' '), roles: [], claims },
  };
}

export const jtiOf = (token: string): string => String(decodeJwt(token).jti);
export const txnOf = (token: string): string => String(decodeJwt(token).txn);
