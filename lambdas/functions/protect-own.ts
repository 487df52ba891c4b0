/** The guard around a function of one's own, behind an API of one's own: its routes and prices are its own as well. */
import { declaredPrices } from '../domain/ledger/price-list.ts';
import { readEnv } from '../env.ts';
import type { Handler } from '../http/event.ts';
import { guard, type ProtectedHandler } from '../http/guard.ts';
import { createLog } from '../http/log.ts';
import type { ProtectedRoute } from '../routes.ts';
import { documentClient } from '../store/dynamodb.ts';
import { revocationReader, usageWriter } from '../store/ledger.ts';

/**
 * Makes a protected function of a handler.
 *
 * @example
 * export const handler: Handler = protectOwn('stock', routes, async (request, caller) => json(200, { for: caller.sub }));
 *
 * @param service the function's name in the log and in metrics
 * @param routes all that it serves
 * @param handler what runs for a caller who may
 * @throws Error at start, where `LEDGER_TABLE` or `USAGE_RETENTION_DAYS` is missing
 */
export function protectOwn(
  service: string,
  routes: readonly ProtectedRoute[],
  handler: ProtectedHandler,
): Handler {
  const env = readEnv(['LEDGER_TABLE', 'USAGE_RETENTION_DAYS']);
  const ledger = { client: documentClient(), table: env.LEDGER_TABLE };
  const ports = {
    routeOf: (key: string) => routes.find((route) => route.key === key),
    revocations: revocationReader(ledger),
    prices: declaredPrices,
    usage: usageWriter({ ...ledger, retention: env.USAGE_RETENTION_DAYS * 24 * 3600 }),
    clock: Date.now,
    log: createLog(service),
  };
  return guard(ports, handler);
}
