/** What a call costs that only the gateway saw: by the price of its route at its time, as if it had been booked then. */
import { outcomeOf, type SeenCall } from '../../domain/ledger/late-record.ts';
import { chargeFor, priceAt } from '../../domain/ledger/price.ts';
import type { PriceReader } from '../../domain/ledger/price-list.ts';
import type { UsageRecord } from '../../domain/usage.ts';
import { routeOf } from '../../routes.ts';

export interface Priced {
  record: UsageRecord;
  /** Why the price is not all that it may have been. */
  code?: 'no_such_route' | 'price_by_handler';
}

/**
 * @returns the record: at nothing where the route has no price any more, and without what only its handler knew; both
 *   are told
 * @throws {StoreUnavailable} where the prices cannot be read
 */
export async function priced(call: SeenCall, prices: PriceReader): Promise<Priced> {
  const outcome = outcomeOf(call.status);
  const route = routeOf(call.route);
  if (route === undefined) return { record: { ...call, outcome, price: 0 }, code: 'no_such_route' };
  const { at, status, bytesOut = 0 } = call;
  const book = await prices(route.key, route.price);
  const charge = chargeFor(book, { at, status, bytesOut, admitted: outcome === 'admitted', charged: 0 });
  const record = { ...call, outcome, ...charge };
  const isUnknown = charge.pricedFrom !== undefined && priceAt(book, at).price.byHandler === true;
  return isUnknown ? { record, code: 'price_by_handler' } : { record };
}
