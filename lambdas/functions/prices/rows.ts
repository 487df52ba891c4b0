/** What operators see of prices: those of all routes whose calls are booked, by the table of routes and by operators. */
import { bookWith, type PriceBook, priceAt, priceFrom } from '../../domain/ledger/price.ts';
import type { PriceList, SetPrice } from '../../domain/ledger/price-list.ts';
import { type BookedRoutes, describePrice } from '../../domain/ledger/price-registration.ts';
import { type Route, routeOf, routes } from '../../routes.ts';

/** Where tokens are issued: their calls are booked as well, though no token comes with them. */
const ISSUING: readonly Route['key'][] = ['POST /auth', 'POST /oauth2/token'];

const isBooked = ({ key, access }: Route): boolean => access.kind === 'token' || ISSUING.includes(key);

export const bookedRoute: BookedRoutes = (key) => {
  const route = routeOf(key);
  return route !== undefined && isBooked(route) ? route : undefined;
};

/** A price, and what it is to the calls of now. */
type PriceRow = Record<string, unknown> & { route: string };

/** @returns a row for each price, the routes in the order of their table; those of routes that are no more at the end. */
export function priceRows(list: PriceList, now: number): PriceRow[] {
  const gone = list.filter(({ route }) => bookedRoute(route) === undefined);
  return [
    ...routes.filter(isBooked).flatMap(({ key, price }) => rowsOf(key, price, list, now)),
    ...gone.map(({ route, from, ...price }) => ({
      ...row(route, from, price),
      ...{ set_by: 'operator', state: 'unused' },
    })),
  ];
}

function rowsOf(route: string, declared: PriceBook, list: PriceList, now: number): PriceRow[] {
  const set = list.filter((each) => each.route === route).map(versionOf);
  const book = bookWith(declared, set);
  const current = priceAt(book, now);
  return book.map((version) => ({
    ...row(route, version.from, version.price),
    set_by: set.includes(version) ? 'operator' : 'deployment',
    state: version === current ? 'in_force' : version.start > now ? 'coming' : 'past',
  }));
}

const versionOf = ({ route: _, ...price }: SetPrice) => priceFrom(price);

const row = (...of: Parameters<typeof describePrice>): PriceRow => ({
  ...describePrice(...of),
  route: of[0],
});
