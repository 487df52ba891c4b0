/** `/admin/prices` as the verbs of `tollgate prices` use it: what calls cost, and from when on. */
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { askOperator, type OperatorAnswer } from './operator.ts';
import type { Target } from './target.ts';
import { dollars } from './usage/money.ts';

const PATH = '/admin/prices';

const amount = z.number().optional();

/** Loose, so that what a newer server adds is handed on. */
const priceShape = z.looseObject({
  route: z.string(),
  from: z.string(),
  per_call_micro_dollars: amount,
  per_kilobyte_out_micro_dollars: amount,
  by_handler: z.boolean().optional(),
  set_by: z.string().optional(),
  state: z.string().optional(),
});

export type Price = z.output<typeof priceShape>;

/** Which price: there is one at most for each route and start. */
export type PriceName = Pick<Price, 'route' | 'from'>;

const LIST = 'See `npx tollgate prices list`.';

const STEPS = {
  unknown_route: 'See which routes have prices: `npx tollgate prices list`.',
  unknown_price: LIST,
  price_in_force: 'What was booked never changes: `npx tollgate prices set` says what follows.',
  price_begins_soon: 'What follows it, `npx tollgate prices set` says.',
};

/** @throws {CommandFailure} where the server refuses, or is none of ours */
export async function getPrices(target: Target, route: string | undefined): Promise<Price[]> {
  const { body } = await askOperator(target, {
    ...{ method: 'GET', path: PATH, ...(route !== undefined && { query: { route } }) },
    ...{ shape: z.object({ prices: z.array(priceShape) }), help: 'prices list' },
  });
  return body.prices;
}

export const putPrice = (target: Target, content: Price): Promise<OperatorAnswer<Price>> =>
  askOperator(target, {
    ...{ method: 'PUT', path: PATH, content, shape: priceShape },
    ...{ help: 'prices set', steps: STEPS, look: LIST },
  });

export async function deletePrice(target: Target, { route, from }: PriceName): Promise<void> {
  await askOperator(target, {
    ...{ method: 'DELETE', path: PATH, query: { route, from }, shape: z.unknown() },
    ...{ help: 'prices remove', steps: STEPS, look: LIST },
  });
}

/** A time in UTC to the second, as the server has it: what can be read in two ways is not guessed. */
export function start(text: string): string {
  const time = Date.parse(text);
  const isTime = Number.isFinite(time) && new Date(time).toISOString() === text.replace(/Z$/, '.000Z');
  if (isTime) return text;
  throw new InvalidArgumentError('It has to be a time in UTC to the second, such as 2027-01-01T00:00:00Z.');
}

type Parts = Pick<Price, 'per_call_micro_dollars' | 'per_kilobyte_out_micro_dollars' | 'by_handler'>;

/** @returns what a call costs, in words: the parts add up. */
export function inWords(price: Parts): string {
  const { per_call_micro_dollars: perCall, per_kilobyte_out_micro_dollars: perKilobyte } = price;
  const parts = [
    perCall === undefined || perCall === 0 ? undefined : dollars(perCall),
    perKilobyte === undefined || perKilobyte === 0 ? undefined : `${dollars(perKilobyte)}/kB out`,
    price.by_handler ? 'set by the handler' : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'free' : parts.join(' + ');
}
