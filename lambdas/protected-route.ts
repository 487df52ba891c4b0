/** A line in a table of routes of one's own, as `lambdas/routes.ts` has them for Tollgate's. */
import type { TokenAccess } from './domain/access.ts';
import { type Pricing, priceBook } from './domain/ledger/price.ts';
import type { ProtectedRoute, ScopeName } from './routes.ts';

/**
 * @param key method and path, as the gateway has it
 * @param rule which scopes it takes, and whose own it is; `{}` for any valid token
 * @param price what a call costs, as the head of `lambdas/routes.ts` shows
 * @throws TypeError that names the route, where its prices cannot be
 *
 * @example
 * protectedRoute('GET /orders/{id}', { anyOf: ['read:products'] }, perCall(50));
 */
export function protectedRoute(
  key: ProtectedRoute['key'],
  rule: Partial<Omit<TokenAccess<ScopeName>, 'kind'>>,
  price: Pricing,
): ProtectedRoute {
  try {
    return { key, access: { kind: 'token', anyOf: [], allOf: [], ...rule }, price: priceBook(price) };
  } catch (error) {
    throw new TypeError(`the price of ${key}: ${error instanceof Error ? error.message : ''}`);
  }
}
