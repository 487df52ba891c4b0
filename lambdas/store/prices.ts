/** Operators' prices in the ledger, in one item. */
import type { PriceList } from '../domain/ledger/price-list.ts';
import type { RevisedRecord } from '../domain/revised.ts';
import type { TableAccess } from './dynamodb.ts';
import { PRICES_KEY, parsePrices } from './items.ts';
import { type RevisedItem, readRevised, revisedRecord } from './revised.ts';

const item: RevisedItem<PriceList> = {
  key: PRICES_KEY,
  none: [],
  parse: parsePrices,
  attributes: (prices) => ({ prices }),
};

/** @returns what reads the list, by one strongly consistent `GetItem` each time. */
export const priceListReader =
  (ledger: TableAccess): (() => Promise<PriceList>) =>
  () =>
    readRevised(ledger, item);

/** @returns the list as operators see and change it. */
export const priceListRecord = (ledger: TableAccess, newRevision: () => string): RevisedRecord<PriceList> =>
  revisedRecord(ledger, item, newRevision);
