/** Operators' prices, all of them in one item of the ledger. */
import * as z from 'zod/mini';
import type { PriceList } from '../../domain/ledger/price-list.ts';
import { integer, type Key, parse, text } from './item.ts';

export const PRICES_KEY: Key = { pk: 'PRICES', sk: 'PRICES' };

const pricesShape = z.object({
  prices: z.array(
    z.object({
      route: text,
      from: text,
      perCall: z.optional(integer),
      perKilobyteOut: z.optional(integer),
      byHandler: z.optional(z.literal(true)),
    }),
  ),
});

export const parsePrices = (item: unknown): PriceList => parse(pricesShape, item).prices as PriceList;
