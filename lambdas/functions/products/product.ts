/** What a product looks like, and reading one from a request. */
import * as z from 'zod/mini';
import { fail, ok, type Result } from '../../domain/result.ts';
import { type BodyFault, readJson } from '../../http/body.ts';
import type { Request } from '../../http/event.ts';

export const productSchema = z.strictObject({
  /** Fits into a path as it is. */
  name: z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)),
  /** Micro-dollars, at most a million dollars. */
  price: z.optional(z.int().check(z.minimum(0), z.maximum(1_000_000_000_000))),
});

export type Product = z.output<typeof productSchema>;

/** @returns the product in the request's JSON body, or what is wrong with it, without quoting it. */
export function parseProduct(request: Request): Result<Product, BodyFault> {
  const body = readJson(request);
  if (!body.ok) return body;
  const product = productSchema.safeParse(body.value);
  if (product.success) return ok(product.data);
  const known = Object.keys(productSchema.shape);
  const named = product.error.issues.map(({ path: [member] }) => String(member)).filter(isIn(known));
  const wrong = named.length > 0 ? named : known;
  return fail({
    status: 400,
    reason: `it takes ${known.join(' and ')}, and wrong is ${wrong.join(' and ')}`,
  });
}

const isIn = (names: readonly string[]) => (name: string) => names.includes(name);
