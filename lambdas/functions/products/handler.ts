/**
 * Sample of two routes with a scope each: a catalogue that anyone may read who has `read:products`, and add to who
 * has `write:products`. It lives in the memory of one function instance: what is added is gone when that is.
 */
import type { AuthorizedRequest, Response } from '../../http/event.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import type { Meter } from '../../http/meter.ts';
import { json, problem } from '../../http/respond.ts';
import { type Product, parseProduct } from './product.ts';

const CATALOGUE: readonly Product[] = [
  { name: 'lamp', price: 49_000_000 },
  { name: 'chair', price: 120_000_000 },
  { name: 'desk', price: 310_000_000 },
];

/** How many added products one instance keeps; one more and the oldest of them goes. */
export const MAX_ADDED = 1000;

/** What it costs to add a product, in micro-dollars; one that is refused costs nothing. */
export const ADDING = 200;

/**
 * @returns the handler of `GET /products/{name}` (200, or 404 `product_not_found`) and `POST /products` (201 with
 *   `Location`, 400 `invalid_product`, 413 `product_too_large`). A product of a name that is taken replaces it.
 */
export function productsHandler(): ProtectedHandler {
  const fixed = new Map(CATALOGUE.map((product) => [product.name, product]));
  const added = new Map<string, Product>();
  const find = (name: string) => added.get(name) ?? fixed.get(name);
  const add = (product: Product) => {
    added.delete(product.name);
    const [oldest] = added.keys();
    if (oldest !== undefined && added.size >= MAX_ADDED) added.delete(oldest);
    added.set(product.name, product);
  };
  return async (request, _caller, meter) =>
    request.requestContext.http.method === 'POST' ? create(request, add, meter) : read(request, find);
}

type Find = (name: string) => Product | undefined;

function read(request: AuthorizedRequest, find: Find): Response {
  const product = find(request.pathParameters?.name ?? '');
  if (product !== undefined) return json(200, product);
  const detail = 'There is no product of this name.';
  return problem({ status: 404, code: 'product_not_found', title: 'No such product', detail });
}

function create(request: AuthorizedRequest, add: (product: Product) => void, meter: Meter): Response {
  const product = parseProduct(request);
  if (!product.ok) {
    const { status, reason } = product.failure;
    const code = status === 413 ? 'product_too_large' : 'invalid_product';
    return problem({ status, code, title: 'Not a product', detail: `The product was refused: ${reason}.` });
  }
  add(product.value);
  meter.charge(ADDING);
  return json(201, product.value, { location: `/products/${product.value.name}` });
}
