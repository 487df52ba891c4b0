/**
 * Prices that operators set while the deployment runs, on top of those of the table of routes: one list for all
 * routes, which is read now and then and kept meanwhile. So a price has to be set before it begins:
 *
 *     12:00:00   an operator sets a price; the function's clock says when
 *     12:00:10   at the latest it is written, or the request has failed
 *     12:05:10   nobody prices by an older list any more, because a list is read again after 5 minutes (TTL)
 *     12:10:10   nor does anybody who could not read it: after 10 minutes (LIMIT) calls are refused instead
 *     12:15:00   the first call that the price may be for (NOTICE)
 *
 * What is left, almost 5 minutes, is for clocks that differ: the gateway's time decides which price a call has, the
 * function's own how old its list is. A call that was under way when the price began came before it, and has the old
 * price by any list. A price that is about to begin can be taken back no later, for the same reason.
 */
import { fail, ok, type Result } from '../result.ts';
import { bookWith, type PriceBook, type PriceFrom, priceFrom } from './price.ts';

/** Milliseconds that a list is used without asking again. */
export const PRICES_TTL = 5 * 60_000;

/** Milliseconds after which it is used no more, even if it cannot be read again. */
export const PRICES_LIMIT = 10 * 60_000;

/** Milliseconds that there have to be before a price begins, and until then to take it back. */
export const NOTICE = 15 * 60_000;

/** Milliseconds: what is further ahead is a slip. */
export const MAX_AHEAD = 2 * 366 * 24 * 3_600_000;

/** Prices of one route that are kept. */
export const MAX_OF_ROUTE = 50;

/** Bytes of the whole list: an item has 400 kB at most, and whoever prices calls reads it every 5 minutes. */
export const MAX_LIST = 256 * 1024;

/** A price that an operator set for a route. */
export interface SetPrice extends PriceFrom {
  route: string;
}

/** All of them, as they are kept: by route, and in the order of their times. */
export type PriceList = readonly SetPrice[];

/**
 * @param route its key
 * @param declared its prices by the table of routes
 * @returns what its calls cost, by everything that was set so far
 * @throws {StoreUnavailable} where nobody can say
 */
export type PriceReader = (route: string, declared: PriceBook) => Promise<PriceBook>;

/** What calls cost where nothing but the table of routes says so. */
export const declaredPrices: PriceReader = async (_route, declared) => declared;

/** @returns the books by a list; the same function for as long as the list is. */
export function booksOf(list: PriceList): (route: string, declared: PriceBook) => PriceBook {
  const byRoute = new Map<string, SetPrice[]>();
  for (const price of list) byRoute.set(price.route, [...(byRoute.get(price.route) ?? []), price]);
  return (route, declared) =>
    bookWith(
      declared,
      (byRoute.get(route) ?? []).map(({ route: _, ...price }) => priceFrom(price)),
    );
}

/** Which of the prices: there is one at most for each route and start. */
export type PriceName = Pick<SetPrice, 'route' | 'from'>;

export type PriceRefusal = 'too_soon' | 'too_far' | 'too_many' | 'unknown' | 'in_force' | 'begins_soon';

/**
 * Adds a price to the list, or changes the one of the same start. What was in force so long ago that no call of that
 * time can be booked any more is left out, so that a route never runs out of prices.
 *
 * @param now milliseconds since the epoch
 * @param retention milliseconds that calls are kept
 */
export function withPrice(
  list: PriceList,
  set: SetPrice,
  now: number,
  retention: number,
): Result<PriceList, PriceRefusal> {
  const { start } = priceFrom(bare(set));
  if (start < now + NOTICE) return fail('too_soon');
  if (start > now + MAX_AHEAD) return fail('too_far');
  const others = list.filter((each) => each.route !== set.route);
  const same = list.filter((each) => each.route === set.route && each.from !== set.from);
  const ofRoute = stillOfUse([...same, set], now - retention);
  const next = [...others, ...ofRoute].sort(inOrder);
  return ofRoute.length > MAX_OF_ROUTE || sizeOf(next) > MAX_LIST ? fail('too_many') : ok(next);
}

/** Takes a price back that has not begun, and does not begin before all have heard of it. */
export function withoutPrice(list: PriceList, name: PriceName, now: number): Result<PriceList, PriceRefusal> {
  const found = list.find((each) => isSame(each, name));
  if (found === undefined) return fail('unknown');
  const { start } = priceFrom(bare(found));
  if (start <= now) return fail('in_force');
  return start < now + NOTICE ? fail('begins_soon') : ok(list.filter((each) => each !== found));
}

const bare = ({ route: _, ...price }: SetPrice): PriceFrom => price;

const isSame = (one: PriceName, other: PriceName): boolean =>
  one.route === other.route && one.from === other.from;

const startOf = ({ from }: PriceName): number => Date.parse(from);

const inOrder = (a: PriceName, b: PriceName): number =>
  a.route === b.route ? startOf(a) - startOf(b) : a.route < b.route ? -1 : 1;

/** A price is of use until the next one of its route has been in force for as long as calls are kept. */
const stillOfUse = (ofRoute: readonly SetPrice[], oldest: number): SetPrice[] =>
  ofRoute.filter((each) => !ofRoute.some((next) => startOf(next) > startOf(each) && startOf(next) <= oldest));

/** No less than DynamoDB counts: names, quotation marks and commas are more than what it adds to each value. */
const sizeOf = (list: PriceList): number => new TextEncoder().encode(JSON.stringify(list)).length;
