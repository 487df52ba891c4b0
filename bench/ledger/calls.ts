/**
 * A month of calls, made up: the same ones for the same seed, and each hour by itself, so that nobody has to hold them
 * or make them in order.
 */
import { v7 } from 'uuid';
import { chargeFor, type PriceBook } from '../../lambdas/domain/ledger/price.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { routeOf } from '../../lambdas/routes.ts';

export interface Month {
  /** Such as `2026-10`; of 31 days. */
  name: string;
  /** Calls in all of it, exactly. */
  calls: number;
  clients: number;
  seed: number;
}

export const HOURS = 31 * 24;

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;

const weightOf = (hour: number): number => {
  const daily = 1.1 - Math.cos(((hour % 24) / 24) * 2 * Math.PI);
  return Math.floor(hour / 24) % 7 < 5 ? daily : daily / 2;
};

/** The weights of all hours before one. */
const RHYTHM: number[] = [0];
for (let hour = 0; hour < HOURS; hour++) RHYTHM.push((RHYTHM[hour] ?? 0) + weightOf(hour));
const TOTAL = RHYTHM[HOURS] ?? 1;

/** @returns the name of an hour of the month, by its number from 0 on */
export const hourName = ({ name }: Month, hour: number): string =>
  new Date(startOfHour(name, hour)).toISOString().slice(0, 13);

/** @returns how many calls an hour has: most at noon, fewest at midnight, fewer on two days of seven */
export const callsIn = ({ calls }: Month, hour: number): number =>
  Math.floor((calls * (RHYTHM[hour + 1] ?? 0)) / TOTAL) - Math.floor((calls * (RHYTHM[hour] ?? 0)) / TOTAL);

/**
 * The calls of an hour in the order of their times. The clients' shares are Zipf's: the first calls twice as often as
 * the second. A client logs in once in a quarter of an hour, with its first call.
 *
 * @param count how many, where not as many as are {@link callsIn} it
 */
export function* callsOf(
  month: Month,
  hour: number,
  count = callsIn(month, hour),
): Generator<UsageRecord, void, undefined> {
  const random = randomOf(month.seed * 1_000_003 + hour);
  const pick = zipf(month.clients);
  const start = startOfHour(month.name, hour);
  const name = `${hour.toString(36)}-`;
  let tokens = new Map<number, Token>();
  let quarter = 0;
  for (let index = 0; index < count; index++) {
    const at = start + Math.floor((index * HOUR) / count);
    if (at >= start + (quarter + 1) * QUARTER) {
      quarter = Math.floor((at - start) / QUARTER);
      tokens = new Map();
    }
    const client = pick(random());
    const known = tokens.get(client);
    const token = known ?? tokenOf(client, at, random);
    if (known === undefined) tokens.set(client, token);
    const requestId = `${name}${index.toString(36)}`.padStart(16, '0');
    yield callOf(client, token, { requestId, at, random, isLogin: known === undefined });
  }
}

const startOfHour = (name: string, hour: number): number => Date.parse(`${name}-01T00:00:00Z`) + hour * HOUR;

interface Token {
  jti: string;
  txn: string;
}

function tokenOf(client: number, at: number, random: () => number): Token {
  const bytes = Uint8Array.from({ length: 16 }, () => random() * 256);
  return {
    jti: v7({ msecs: at, random: bytes }),
    txn: `${client.toString(36)}-${at.toString(36)}`.padStart(36, '0'),
  };
}

/** What is called, each as often as it stands here. */
const CALLED = [
  ...Array<string>(6).fill('GET /products/{name}'),
  ...Array<string>(2).fill('GET /users/{userId}/profile'),
  'POST /products',
  'GET /protected-resource',
];

const BOOKS = new Map([...CALLED, 'POST /auth'].map((route) => [route, routeOf(route)?.price]));

function bookOf(route: string): PriceBook {
  const book = BOOKS.get(route);
  if (book === undefined) throw new Error(`${route} has no price`);
  return book;
}

interface Circumstances {
  requestId: string;
  at: number;
  random: () => number;
  isLogin: boolean;
}

function callOf(client: number, { jti, txn }: Token, circumstances: Circumstances): UsageRecord {
  const { requestId, at, random, isLogin } = circumstances;
  const clientId = `client-${String(client).padStart(4, '0')}`;
  const route = isLogin ? 'POST /auth' : (CALLED[Math.floor(random() * CALLED.length)] ?? '');
  const isRefused = !isLogin && random() < 0.01;
  const status = isRefused ? 403 : random() < 0.002 ? 500 : 200;
  const bytesOut = 200 + Math.floor(random() * 2_000);
  return {
    ...{ requestId, at, sub: clientId, clientId, credentialId: 'k3y00000', jti, txn, route, status },
    // A tenant has ten clients.
    tenant: `tenant-${String(client % 100).padStart(3, '0')}`,
    outcome: isRefused ? 'refused' : 'admitted',
    ...chargeFor(bookOf(route), { at, admitted: !isRefused, status, bytesOut, charged: 0 }),
    ...{ bytesOut, latency: 3 + Math.floor(random() ** 4 * 400), sourceIp: `203.0.113.${client % 250}` },
  };
}

/** @returns of a number from 0 to below 1 a client from 0 to below `clients` */
function zipf(clients: number): (share: number) => number {
  const sums = zipfSums.get(clients) ?? sumsOf(clients);
  zipfSums.set(clients, sums);
  const total = sums.at(-1) ?? 1;
  return (share) => {
    const wanted = share * total;
    let [low, high] = [0, clients - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

const zipfSums = new Map<number, Float64Array>();

function sumsOf(clients: number): Float64Array {
  let sum = 0;
  return Float64Array.from({ length: clients }, (_, rank) => {
    sum += 1 / (rank + 1);
    return sum;
  });
}

/** @returns the same numbers from 0 to below 1 for the same seed (mulberry32) */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
