/** The wiring of prices, for the index of every function that books calls. */
import { cached } from '../crypto/cached.ts';
import type { PriceBook } from '../domain/ledger/price.ts';
import {
  booksOf,
  PRICES_LIMIT,
  PRICES_TTL,
  type PriceList,
  type PriceReader,
} from '../domain/ledger/price-list.ts';
import type { Clock } from '../domain/ports.ts';
import { priceOf, type Route } from '../routes.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { priceListReader } from '../store/prices.ts';

/** What operators set is read every five minutes; see `domain/ledger/price-list.ts` for why that is soon enough. */
export const wirePrices = (ledger: TableAccess, clock: Clock): PriceReader =>
  keptPrices(priceListReader(ledger), clock);

/** @param read the list as it is now */
export function keptPrices(read: () => Promise<PriceList>, clock: Clock): PriceReader {
  const load = async () => booksOf(await read());
  const books = cached({ load, clock, ttl: PRICES_TTL, limit: PRICES_LIMIT });
  return async (route, declared) => (await books())(route, declared);
}

/** The same for a function whose one route is known, such as a login. */
export function wirePriceOf(
  route: Route['key'],
  ledger: TableAccess,
  clock: Clock,
): () => Promise<PriceBook> {
  const prices = wirePrices(ledger, clock);
  return () => prices(route, priceOf(route));
}
