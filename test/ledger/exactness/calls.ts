/** Calls, served by the real guard, and logins, booked as they are; under whatever happens to their requests. */
import { v7 } from 'uuid';
import type { Access } from '../../../lambdas/domain/access.ts';
import { priceBook } from '../../../lambdas/domain/ledger/price.ts';
import type { IssuedToken, UsageRecord } from '../../../lambdas/domain/usage.ts';
import type { AuthorizedRequest } from '../../../lambdas/http/event.ts';
import { guard, type ProtectedHandler } from '../../../lambdas/http/guard.ts';
import { issuanceWriter, revocationReader, usageWriter } from '../../../lambdas/store/ledger.ts';
import { authorizedEvent } from '../../support/event.ts';
import { type Books, RETENTION, silent, startWork } from './books.ts';
import type { Mishap } from './faults.ts';
import { LOGIN, PRICING, pricesSet } from './prices.ts';
import { CALLERS, type Call, ROUTES } from './schedule.ts';

/** Books a call, once, and as many times more as the schedule says. */
export async function book(books: Books, call: Call): Promise<void> {
  const number = books.calls.length;
  const placed = { call, requestId: `request#${number}/%23`, at: books.now + number };
  books.calls.push(placed);
  const outcome = await (call.how === 'login' ? logIn : serve)(books, placed);
  if (outcome === 'stopped') books.unanswered.push(placed);
  const record = books.admitted.get(placed.requestId);
  if (record === undefined) return;
  for (const mishaps of call.again) await writeAgain(books, record, mishaps);
}

/** A call at its time. */
export interface PlacedCall {
  call: Call;
  requestId: string;
  /** Milliseconds since the epoch. */
  at: number;
}

function serve(books: Books, placed: PlacedCall) {
  const { call, requestId } = placed;
  const { run, ledger } = startWork(books, call.mishaps, books.lateBookings);
  const writer = usageWriter({ ...ledger, retention: RETENTION });
  const key = routeOf(call);
  const access: Access = { kind: 'token', anyOf: [], allOf: call.how === 'refused' ? ['more:scope'] : [] };
  const price = priceBook(PRICING[call.route] ?? 0);
  const served = guard(
    {
      routeOf: () => ({ key, access, price }),
      revocations: revocationReader(ledger),
      prices: pricesSet,
      usage: {
        append: (record) => {
          books.admitted.set(requestId, record);
          return writer.append(record);
        },
      },
      clock: () => books.now,
      log: { ...silent, unbooked: (record) => void books.unbooked.push({ record }) },
    },
    handlerOf(call),
  );
  return run(() => served(requestOf(placed)));
}

const handlerOf =
  ({ how, route, size }: Call): ProtectedHandler =>
  async (_request, _caller, meter) => {
    if (how === 'failed') throw new Error('a failure of the handler');
    if (route === 2) meter.charge(size);
    return { statusCode: 200, body: 'x'.repeat(size) };
  };

function logIn(books: Books, placed: PlacedCall) {
  // No read of revocations comes before: what is about the first write of a call is about the first one here.
  const mishaps = placed.call.mishaps.map(({ at, fate }) => ({ at: at - 1, fate }));
  const { run, ledger } = startWork(books, mishaps, books.lateBookings);
  const issued = tokenOf(placed);
  const record: UsageRecord = { ...seenAs(placed, 200), outcome: 'admitted', price: LOGIN.price };
  return run(async () => {
    books.admitted.set(placed.requestId, record);
    try {
      await issuanceWriter({ ...ledger, retention: RETENTION }).append(issued, record);
    } catch {
      books.unbooked.push({ record, issued });
    }
  });
}

/** What a retry of the function does: the same record, once more. */
async function writeAgain(books: Books, record: UsageRecord, mishaps: readonly Mishap[]): Promise<void> {
  const { run, ledger } = startWork(books, mishaps, books.lateBookings);
  const writer = usageWriter({ ...ledger, retention: RETENTION });
  await run(() => writer.append(record).catch(() => void books.unbooked.push({ record })));
}

/** @returns a call as the gateway saw it. */
export const seenAs = ({ call, requestId, at }: PlacedCall, status: number) => ({
  ...{ requestId, at, status, route: routeOf(call), latency: 7, sourceIp: '203.0.113.7' },
  ...whoOf(call),
  ...(call.how === 'login' && { jti: issuedBy(requestId) }),
});

/** The token of a login. */
const issuedBy = (requestId: string): string => `of ${requestId}`;

const routeOf = ({ how, route }: Call): string => (how === 'login' ? LOGIN.route : (ROUTES[route] ?? ''));

/** The first hour that the schedules are about begins. */
export const BEGINNING = Date.parse('2026-11-30T22:00:00Z');

const identities = CALLERS.map((caller, index) => ({
  ...caller,
  credentialId: `credential#${index % 2}`,
  jti: v7({ msecs: BEGINNING - 60_000, random: new Uint8Array(16).fill(index) }),
  txn: `transaction ${index}`,
}));

export const whoOf = ({ caller }: Pick<Call, 'caller'>) => {
  const who = identities[caller];
  if (who === undefined) throw new Error('no such caller');
  return who;
};

function tokenOf({ call, at, requestId }: PlacedCall): IssuedToken {
  const iat = Math.floor(at / 1000);
  return {
    ...whoOf(call),
    ...{ jti: issuedBy(requestId), scopes: [], kid: 'key', iat, exp: iat + 900 },
    ...{ sourceIp: '203.0.113.7', grantType: 'login' },
  };
}

function requestOf({ call, requestId, at }: PlacedCall): AuthorizedRequest {
  const { sub, clientId, credentialId, jti, txn, ...rest } = whoOf(call);
  const iat = String(Math.floor(BEGINNING / 1000));
  const claims = {
    ...{ sub, client_id: clientId, credential_id: credentialId, jti, txn, ...rest },
    ...{ iat, exp: '9999999999', scope: '' },
  };
  return authorizedEvent(routeOf(call), claims, tokenWith({ jti }), { requestId, at });
}

/** The guard reads a token and leaves its signature to the gateway, which there is none of here. */
const tokenWith = (claims: object): string =>
  [{ alg: 'RS256', typ: 'at+jwt', kid: 'key' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('c2ln')
    .join('.');
