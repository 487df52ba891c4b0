/** What the routes of the schedules cost, as they are priced, and once more as a person would reckon it. */
import { free, type Pricing, perCall } from '../../../lambdas/domain/ledger/price.ts';
import { booksOf, type PriceList, type PriceReader } from '../../../lambdas/domain/ledger/price-list.ts';
import { type Call, ROUTES } from './schedule.ts';

/** In the order of `ROUTES`. The first has two changes of price within the hours that the schedules are about, one of them {@link SET}. */
export const PRICING: readonly Pricing[] = [
  [perCall(7), { from: '2026-11-30T22:30:00Z', ...perCall(11) }],
  { perCall: 1, perKilobyteOut: 3 },
  { byHandler: true },
  free,
];

/** What operators set. */
const SET: PriceList = [{ route: ROUTES[0], from: '2026-11-30T23:10:00Z', ...perCall(13) }];

const books = booksOf(SET);
export const pricesSet: PriceReader = async (route, declared) => books(route, declared);

/** A login's, and the route that it is booked under. */
export const LOGIN = { route: 'POST /auth', price: 100 } as const;

/** @returns what a call is to cost that was admitted and did not fail, in micro-dollars */
export function reckoned({ route, size }: Call, at: number): number {
  const time = new Date(at).toISOString();
  if (route === 0) return time < '2026-11-30T22:30' ? 7 : time < '2026-11-30T23:10' ? 11 : 13;
  if (route === 1) return 1 + 3 * Math.ceil(size / 1000);
  return route === 2 ? size : 0;
}
