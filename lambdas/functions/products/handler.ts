/**
 * Sample of two routes with a scope each: a catalogue that anyone may read who has `read:products`, and add to who
 * has `write:products`. It lives in the memory of one function instance: what is added is gone when that is.
 */
import type { AuthorizedRequest, Response } from '../../http/event.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import { json, problem } from '../../http/respond.ts';
import { type Product, parseProduct } from './product.ts';

const CATALOGUE: readonly Product[] = [
  { name: 'lamp', price_micro_dollars: 49_000_000 },
  { name: 'chair', price_micro_dollars: 120_000_000 },
  { name: 'desk', price_micro_dollars: 310_000_000 },
];

/** How many added products one instance keeps; one more and the oldest of them goes. */
export const MAX_ADDED = 1000;

/**
 * @returns the handler of `GET /products/{name}` (200, or 404 `product_not_found`) and `POST /products` (201 with
 *   `Location`, 400 `invalid_product`, 409 `product_exists`, 413 `product_too_large`)
 */
export function productsHandler(): ProtectedHandler {
  const fixed = new Map(CATALOGUE.map((product) => [product.name, product]));
  const added = new Map<string, Product>();
  const find = (name: string) => fixed.get(name) ?? added.get(name);
  const add = (product: Product) => {
    const [oldest] = added.keys();
    if (oldest !== undefined && added.size >= MAX_ADDED) added.delete(oldest);
    added.set(product.name, product);
  };
  return async (request) =>
    request.requestContext.http.method === 'POST' ? create(request, find, add) : read(request, find);
}

type Find = (name: string) => Product | undefined;

function read(request: AuthorizedRequest, find: Find): Response {
  const product = find(request.pathParameters?.name ?? '');
  if (product !== undefined) return json(200, product);
  const detail = 'There is no product of this name.';
  return problem({ status: 404, code: 'product_not_found', title: 'No such product', detail });
}

function create(request: AuthorizedRequest, find: Find, add: (product: Product) => void): Response {
  const product = parseProduct(request);
  if (!product.ok) {
    const { status, reason } = product.failure;
    const code = status === 413 ? 'product_too_large' : 'invalid_product';
    return problem({ status, code, title: 'Not a product', detail: `The product was refused: ${reason}.` });
  }
  if (find(product.value.name) !== undefined) {
    const detail = 'There is a product of this name already.';
    return problem({ status: 409, code: 'product_exists', title: 'Product exists', detail });
  }
  add(product.value);
  return json(201, product.value, { location: `/products/${product.value.name}` });
}
