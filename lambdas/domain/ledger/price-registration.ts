/** A price as operators write it and read it, in JSON. */
import * as z from 'zod/mini';
import { fail, ok, type Result } from '../result.ts';
import { brokenRule, quoted, type RegistrationError } from '../vocabulary.ts';
import { MAX_AMOUNT, MAX_PER_KILOBYTE, type Price, type PriceBook, priceFrom } from './price.ts';
import type { PriceName, SetPrice } from './price-list.ts';

const START = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

export const priceSettingSchema = z.strictObject({
  route: z.string(),
  from: z.string().check(z.regex(START), z.refine(isTime)),
  per_call_micro_dollars: z.optional(z.int().check(z.minimum(0), z.maximum(MAX_AMOUNT))),
  per_kilobyte_out_micro_dollars: z.optional(z.int().check(z.minimum(0), z.maximum(MAX_PER_KILOBYTE))),
  by_handler: z.optional(z.boolean()),
});

const RULES: Readonly<Record<string, string>> = {
  route: 'has to be a method and a path as the table of routes has them, such as "GET /products/{name}"',
  from: 'has to be a time in UTC to the second, such as "2027-01-01T00:00:00Z"',
  per_call_micro_dollars: `has to be a whole number of micro-dollars, 0 to ${MAX_AMOUNT}`,
  per_kilobyte_out_micro_dollars: `has to be a whole number of micro-dollars, 0 to ${MAX_PER_KILOBYTE}`,
  by_handler: 'has to be true or false',
};

/** A route whose calls are booked. @returns `undefined` where there is none of this key */
export type BookedRoutes = (key: string) => { price: PriceBook } | undefined;

/**
 * @param body what the request's JSON says
 * @param routes those whose calls are booked: nobody asks what any other costs
 * @returns the price, or the first thing that is wrong with it: `invalid_<member>`, `invalid_body` or `unknown_route`
 */
export function parsePriceSetting(body: unknown, routes: BookedRoutes): Result<SetPrice, RegistrationError> {
  const parsed = priceSettingSchema.safeParse(body);
  if (!parsed.success) return fail(brokenRule(parsed.error.issues[0], RULES));
  const { route, from } = parsed.data;
  const price = priceOf(parsed.data);
  const declared = routes(route)?.price;
  if (declared === undefined) {
    return fail({
      code: 'unknown_route',
      detail: `there is no route ${quoted(route)} whose calls are booked; GET /admin/prices names those that there are`,
    });
  }
  if (Object.keys(price).length === 0) {
    return fail({ code: 'invalid_body', detail: `it needs ${PARTS.join(', ')}, or several of them` });
  }
  if (price.byHandler === true && !declared.some((version) => version.price.byHandler === true)) {
    const detail = 'by_handler is for routes whose handler charges: by the table of routes this one does not';
    return fail({ code: 'invalid_by_handler', detail });
  }
  return ok({ route, from, ...price });
}

/** @returns which price is meant, by the parameters of a query. */
export function priceNameIn(
  given: Readonly<Record<string, string | undefined>>,
): Result<PriceName, RegistrationError> {
  const { route = '', from = '', ...rest } = given;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    return fail({ code: 'unknown_parameter', detail: 'the parameters are route and from' });
  }
  if (route === '') return fail({ code: 'invalid_route', detail: `route ${RULES.route}` });
  if (!START.test(from) || !isTime(from)) return fail({ code: 'invalid_from', detail: `from ${RULES.from}` });
  return ok({ route, from });
}

const PARTS = ['per_call_micro_dollars', 'per_kilobyte_out_micro_dollars', 'by_handler'] as const;

type Setting = z.output<typeof priceSettingSchema>;

const priceOf = ({
  per_call_micro_dollars: perCall,
  per_kilobyte_out_micro_dollars: perKilobyteOut,
  by_handler: byHandler = false,
}: Setting): Price => ({
  ...(perCall !== undefined && { perCall }),
  ...(perKilobyteOut !== undefined && { perKilobyteOut }),
  ...(byHandler && { byHandler }),
});

/** @returns a price as JSON. */
export const describePrice = (route: string, from: string, price: Price): Record<string, unknown> => ({
  ...{ route, from },
  ...(price.perCall !== undefined && { per_call_micro_dollars: price.perCall }),
  ...(price.perKilobyteOut !== undefined && { per_kilobyte_out_micro_dollars: price.perKilobyteOut }),
  ...(price.byHandler === true && { by_handler: true }),
});

/** No 31st of February, and no 25th hour. */
function isTime(from: string): boolean {
  try {
    priceFrom({ from, perCall: 0 });
    return true;
  } catch {
    return false;
  }
}
