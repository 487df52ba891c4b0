/**
 * The wrapper around every protected handler. The gateway has verified the token; the guard adds what it cannot
 * know: is the token revoked, may it touch this very thing, and who is booked for the call. It fails closed: where
 * it cannot decide, no handler runs.
 *
 * A call costs one read of the ledger and one append, whatever happens; and now and then one more, of the prices.
 */
import { type Access, type Caller, refusalOf, type TokenAccess } from '../domain/access.ts';
import { classOf } from '../domain/client-class.ts';
import { chargeFor, type PriceBook } from '../domain/ledger/price.ts';
import type { PriceReader } from '../domain/ledger/price-list.ts';
import type { MicroDollars } from '../domain/money.ts';
import type { Clock, RevocationReader, UsageWriter } from '../domain/ports.ts';
import { revocationOf, targetsOf } from '../domain/revocation.ts';
import type { UsageRecord } from '../domain/usage.ts';
import { callerOf } from './caller.ts';
import type { AuthorizedRequest, Handler, Request, Response } from './event.ts';
import type { Log } from './log.ts';
import { bytesOf, createMeter, type Meter } from './meter.ts';
import { accessRefused, internalError, invalidToken, ledgerUnavailable, tokenRevoked } from './refusals.ts';

/** What a protected function does, for a caller who may. The meter is for routes whose price is `byHandler`. */
export type ProtectedHandler = (
  request: AuthorizedRequest,
  caller: Caller,
  meter: Meter,
) => Promise<Response>;

/** What the guard needs to know of a route. */
interface PricedRoute<Rule extends Access = Access> {
  key: string;
  access: Rule;
  /** As it is declared. */
  price: PriceBook;
}

export interface GuardPorts {
  routeOf: (key: string) => PricedRoute | undefined;
  revocations: RevocationReader;
  prices: PriceReader;
  usage: UsageWriter;
  clock: Clock;
  log: Log;
}

/**
 * Wraps a handler, so that it runs only for a token that is not revoked and satisfies the route's rule, and every
 * such call is booked under the gateway's request id.
 *
 * Its own answers are 401 `invalid_token` or `token_revoked`, 403 `insufficient_scope` or `not_the_owner`, 503
 * `ledger_unavailable` with `Retry-After`, and 500 `internal_error` where the handler throws or the route is no
 * protected one. A record that cannot be appended is logged whole and changes no answer.
 *
 * @param ports what it needs of the outside
 * @param handler what runs for a caller who may
 */
export const guard =
  (ports: GuardPorts, handler: ProtectedHandler): Handler =>
  async (request) => {
    const started = ports.clock();
    const route = protectedRoute(ports.routeOf(request.requestContext.routeKey));
    if (route === undefined) return unguarded(ports.log, request);
    // The gateway adds the claims to each request that passes its authorizer; if there are none, callerOf says so.
    const authorized = request as AuthorizedRequest;
    const caller = callerOf(authorized);
    if (!caller.ok) return unknownCaller(ports.log, request, caller.failure);
    const outcome = await decide(ports, handler, route, authorized, caller.value);
    await book(ports, recordOf(route, request, caller.value, outcome, ports.clock() - started));
    report(ports.log, request, caller.value, outcome);
    return outcome.response;
  };

/** The answer, and why it is that. */
interface Outcome {
  kind: UsageRecord['outcome'];
  response: Answer;
  code?: string;
  /** What it is priced by; a refusal costs nothing. */
  priced?: { book: PriceBook; charged: MicroDollars };
}

type Answer = Response & { statusCode: number };

const protectedRoute = (route: PricedRoute | undefined): PricedRoute<TokenAccess> | undefined =>
  route?.access.kind === 'token' ? { ...route, access: route.access } : undefined;

function unguarded(log: Log, { requestContext: { requestId, routeKey } }: Request): Response {
  log.count('GuardFailed');
  log.error('call refused', { requestId, route: routeKey, status: 500, reason: 'no protected route' });
  return internalError();
}

function unknownCaller(log: Log, { requestContext }: Request, lacking: string): Response {
  const { requestId, routeKey } = requestContext;
  log.count('CallRefused');
  const reason = `missing or malformed: ${lacking}`;
  log.warn('call refused', { requestId, route: routeKey, status: 401, code: 'invalid_token', reason });
  return invalidToken();
}

async function decide(
  ports: GuardPorts,
  handler: ProtectedHandler,
  route: PricedRoute<TokenAccess>,
  request: AuthorizedRequest,
  caller: Caller,
): Promise<Outcome> {
  if (isOver(caller, ports.clock())) return refused('invalid_token', invalidToken());
  const [revocations, book] = await Promise.all([
    told(ports, request, caller, 'revocations', () => ports.revocations.find(targetsOf(caller))),
    told(ports, request, caller, 'prices', () => ports.prices(route.key, route.price)),
  ]);
  if (revocations === undefined || book === undefined)
    return refused('ledger_unavailable', ledgerUnavailable());
  if (revocationOf(revocations, caller.iat, caller.lineage)) return refused('token_revoked', tokenRevoked());
  const refusal = refusalOf(route.access, caller, request.pathParameters ?? {});
  if (refusal !== undefined) return refused(refusal.code, accessRefused(refusal));
  const { response, charged } = await run(ports.log, handler, route, request, caller);
  return { kind: 'admitted', response, priced: { book, charged } };
}

/** Seconds by which the gateway's clock and ours may differ. */
const SKEW = 60;

/**
 * The gateway has checked `exp` already. Asked again because a revocation is forgotten some time after the last token
 * it can match: a token let through later than that would be a revoked one come back.
 */
const isOver = ({ exp }: Caller, now: number): boolean => exp + SKEW <= now / 1000;

/** @returns what was read, or `undefined` where the ledger gave no answer that can be relied on. */
async function told<Value>(
  { log }: GuardPorts,
  { requestContext: { requestId, routeKey } }: Request,
  caller: Caller,
  what: 'revocations' | 'prices',
  read: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    log.count('GuardFailed');
    log.error(`${what} not read`, { requestId, route: routeKey, txn: caller.txn, error });
    return undefined;
  }
}

const refused = (code: string, response: Response): Outcome => ({
  kind: 'refused',
  response: { ...response, statusCode: response.statusCode ?? 500 },
  code,
});

async function run(
  log: Log,
  handler: ProtectedHandler,
  route: PricedRoute,
  request: AuthorizedRequest,
  caller: Caller,
): Promise<{ response: Answer; charged: MicroDollars }> {
  const { requestId, routeKey } = request.requestContext;
  const { meter, close } = createMeter(route.price);
  try {
    const response = sendable(await handler(request, caller, meter));
    return { response, charged: close() };
  } catch (error) {
    log.error('handler failed', { requestId, route: routeKey, txn: caller.txn, error });
    return { response: { ...internalError(), statusCode: 500 }, charged: close() };
  }
}

/** What cannot be sent cannot be booked either: a record with such a status could never be read again. */
function sendable(response: Response): Answer {
  const { statusCode = 200, body } = response;
  if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 599) throw new TypeError('status');
  if (body !== undefined && typeof body !== 'string') throw new TypeError('body');
  return { ...response, statusCode };
}

/** The record of the call. A refusal costs nothing, and neither does a failure of ours. */
function recordOf(
  route: PricedRoute,
  { requestContext: { requestId, timeEpoch, http } }: Request,
  { sub, clientId, credentialId, tenant, jti, txn }: Caller,
  { kind, response, priced }: Outcome,
  latency: number,
): UsageRecord {
  const { statusCode: status } = response;
  const bytesOut = bytesOf(response);
  return {
    requestId,
    at: timeEpoch,
    sub,
    clientId,
    credentialId,
    ...(tenant !== undefined && { tenant }),
    jti,
    txn,
    route: route.key,
    status,
    outcome: kind,
    ...(priced === undefined
      ? { price: 0 }
      : chargeFor(priced.book, { ...priced, at: timeEpoch, admitted: true, status, bytesOut })),
    bytesOut,
    latency,
    sourceIp: http.sourceIp,
  };
}

async function book({ usage, log }: GuardPorts, record: UsageRecord): Promise<void> {
  try {
    await usage.append(record);
  } catch (error) {
    log.unbooked(record, error);
  }
}

function report(log: Log, { requestContext }: Request, caller: Caller, outcome: Outcome): void {
  const { sub, clientId, credentialId, jti, txn, kid } = caller;
  const ofClass = classOf(caller);
  log.count(outcome.kind === 'admitted' ? 'CallAdmitted' : 'CallRefused', ofClass);
  if (outcome.code === 'token_revoked') log.count('UseAfterRevocation', ofClass);
  if (outcome.kind === 'admitted' && outcome.response.statusCode >= 500) log.count('CallFailed', ofClass);
  log.info(`call ${outcome.kind}`, {
    requestId: requestContext.requestId,
    route: requestContext.routeKey,
    status: outcome.response.statusCode,
    ...(outcome.code !== undefined && { code: outcome.code }),
    ...{ sub, clientId, credentialId, jti, txn, kid },
  });
}
