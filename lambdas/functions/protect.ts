/** The wiring of every protected function: environment, ledger, clock and log around a handler. */
import type { Clock } from '../domain/ports.ts';
import { readEnv } from '../env.ts';
import type { Handler } from '../http/event.ts';
import { guard, type ProtectedHandler } from '../http/guard.ts';
import { createLog, type Log } from '../http/log.ts';
import { routeOf } from '../routes.ts';
import { documentClient, type TableAccess } from '../store/dynamodb.ts';
import { revocationReader, usageWriter } from '../store/ledger.ts';
import { wirePrices } from './wire-prices.ts';

/** What a protected function can be given beside its caller. */
export interface Wiring {
  ledger: TableAccess;
  /** Seconds that usage records are kept. */
  retention: number;
  clock: Clock;
  log: Log;
}

/**
 * Makes a protected function of a handler.
 *
 * @example
 * export const handler: Handler = protect('protected-resource', echo);
 *
 * @param service the function's folder: its name in the log and in metrics
 * @param handler what runs for a caller who may
 * @throws Error at start, where `LEDGER_TABLE` or `USAGE_RETENTION_DAYS` is missing
 */
export const protect = (service: string, handler: ProtectedHandler): Handler =>
  protectWith(service, () => handler);

/**
 * As {@link protect}, for a handler that itself needs the ledger or the clock.
 *
 * @param makeOperators makes what serves the operators' routes of the function, where it has some: they are not behind
 *   the guard, since IAM is
 */
export function protectWith(
  service: string,
  makeHandler: (wiring: Wiring) => ProtectedHandler,
  makeOperators?: (wiring: Wiring) => Handler,
): Handler {
  const env = readEnv(['LEDGER_TABLE', 'USAGE_RETENTION_DAYS']);
  const ledger = { client: documentClient(), table: env.LEDGER_TABLE };
  const retention = env.USAGE_RETENTION_DAYS * 24 * 3600;
  const clock = Date.now;
  const log = createLog(service);
  const ports = {
    routeOf,
    revocations: revocationReader(ledger),
    prices: wirePrices(ledger, clock),
    usage: usageWriter({ ...ledger, retention }),
    clock,
    log,
  };
  const wiring = { ledger, retention, clock, log };
  const guarded = guard(ports, makeHandler(wiring));
  return makeOperators === undefined ? guarded : byAccess(guarded, makeOperators(wiring));
}

/** What is no operators' route is the guard's, which refuses what is no protected one. */
const byAccess =
  (guarded: Handler, operators: Handler): Handler =>
  (request) =>
    routeOf(request.requestContext.routeKey)?.access.kind === 'operator'
      ? operators(request)
      : guarded(request);
