/** A guard around a handler that counts, over a real ledger. */
import type { Access, Caller } from '../../lambdas/domain/access.ts';
import { type Pricing, priceBook } from '../../lambdas/domain/ledger/price.ts';
import { declaredPrices, type PriceReader } from '../../lambdas/domain/ledger/price-list.ts';
import { type Revocation, revocation } from '../../lambdas/domain/revocation.ts';
import { hourOf, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { guard, type ProtectedHandler } from '../../lambdas/http/guard.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { json } from '../../lambdas/http/respond.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { revocationReader, revocationWriter, usageReader, usageWriter } from '../../lambdas/store/ledger.ts';
import { NOW, testClock } from './clock.ts';
import { type TestTable, testCredentials } from './dynamodb.ts';
import { aliceClaims } from './tokens.ts';

interface Rule {
  access?: Access;
  price?: Pricing;
}

/** Seconds. */
const RETENTION = 90 * 24 * 3600;

/** The guard's own clock stands still unless told otherwise. */
export const clock = testClock();

/**
 * @param table the ledger
 * @param rule the one route there is, `GET /thing/{id}`; by default any valid token, for 10 micro-dollars
 * @param handler by default 200
 * @param endpoint of the engine, where it is not the table's own
 * @param prices as operators set them; by default they set none
 */
export function guarded(
  table: TestTable,
  {
    rule = {},
    handler = async () => json(200, { hello: 'world' }),
    endpoint,
    prices = declaredPrices,
  }: Options = {},
) {
  const client =
    endpoint === undefined
      ? table.client
      : documentClient({ endpoint, region: 'us-east-1', credentials: testCredentials });
  const ledger = { client, table: table.name, retention: RETENTION };
  const route = {
    key: ROUTE,
    access: rule.access ?? ({ kind: 'token', anyOf: [], allOf: [] } as const),
    price: priceBook(rule.price ?? 10),
  };
  const admitted: Caller[] = [];
  const serve = guard(
    {
      routeOf: (key) => (key === ROUTE ? route : undefined),
      revocations: revocationReader(ledger),
      usage: usageWriter(ledger),
      prices,
      clock,
      log: createLog('guard-test'),
    },
    (request, caller, meter) => {
      admitted.push(caller);
      return handler(request, caller, meter);
    },
  );
  return { serve, admitted };
}

export const ROUTE = 'GET /thing/{id}';

interface Options {
  rule?: Rule;
  handler?: ProtectedHandler;
  endpoint?: string;
  prices?: PriceReader;
}

/** Revokes with a life long enough for every token of the tests. */
export const revoke = (
  table: TestTable,
  target: Revocation['target'],
  issuedBefore = NOW / 1000,
): Promise<string> =>
  revocationWriter({ client: table.client, table: table.name }).revoke(
    revocation(target, issuedBefore, { revokedAt: issuedBefore * 1000, reason: 'operator' }),
  );

/** @returns what is booked under alice's name in the hour of {@link NOW}. */
export const booked = (table: TestTable, sub: string = aliceClaims.sub): Promise<UsageRecord[]> =>
  usageReader({ client: table.client, table: table.name }).recordsOf(sub, hourOf(NOW));
