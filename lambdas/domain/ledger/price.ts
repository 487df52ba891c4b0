/**
 * What a call costs. Each route has a price book: prices, each in force from a time on, so that a new price changes
 * nothing of what was called before it. The time that counts is the gateway's time of the request.
 */
import type { MicroDollars } from '../money.ts';

/** What a call is made to cost; the parts add up. */
export interface Price {
  /** For each call. */
  perCall?: MicroDollars;
  /** For each started 1,000 bytes of the answer's body. */
  perKilobyteOut?: MicroDollars;
  /** What the handler charges by its meter, because only it knows. */
  byHandler?: true;
}

/** A price, and the time of the first call that it is for: UTC to the second, such as `2027-01-01T00:00:00Z`. */
export interface PriceFrom extends Price {
  from: string;
}

/**
 * What may stand in the table of routes: an amount for each call, a price, or prices in the order of their times. The
 * first of several is for all calls before the second: it names no time, or one not after {@link BEGINNING}.
 */
export type Pricing = MicroDollars | Price | readonly [Price | PriceFrom, ...PriceFrom[]];

export interface PriceVersion {
  /** As it was written, or {@link EVER}. */
  from: string;
  /** The same, milliseconds since the epoch. */
  start: number;
  price: Price;
}

/** The prices of a route in the order of their times; never empty, and from the first call on. */
export type PriceBook = readonly [PriceVersion, ...PriceVersion[]];

/** When a price is in force that was never another. */
export const EVER = '1970-01-01T00:00:00Z';

/** Before this nothing was deployed, so there is no call that a first price from here on could miss. */
export const BEGINNING = '2026-01-01T00:00:00Z';

/** No call costs more by its number, nor by what its handler charges: $1,000. What is above is a slip. */
export const MAX_AMOUNT: MicroDollars = 1_000_000_000;

/** An answer has 10 MB at most: with this it costs no more than {@link MAX_AMOUNT}. */
export const MAX_PER_KILOBYTE: MicroDollars = 100_000;

export const free: Price = { perCall: 0 };
export const perCall = (amount: MicroDollars): Price => ({ perCall: amount });
export const perKilobyteOut = (amount: MicroDollars): Price => ({ perKilobyteOut: amount });
export const byHandler: Price = { byHandler: true };

/**
 * Reads a price book.
 *
 * @throws TypeError that says what is wrong: a start that is no time, out of order, there twice or too late for the
 *   first calls; an amount that is no integer, negative or beyond all reason; a price without a part
 */
export function priceBook(pricing: Pricing): PriceBook {
  const [first, ...later] = versionsOf(pricing).map(version);
  if (first === undefined) throw new TypeError('a price book without a price');
  if (first.start > Date.parse(BEGINNING)) {
    throw new TypeError(
      `calls before ${first.from} have no price: the first one has to begin by ${BEGINNING}`,
    );
  }
  let last = first;
  for (const next of later) {
    if (next.start === last.start) throw new TypeError(`two prices from ${next.from}`);
    if (next.start < last.start) throw new TypeError(`the price from ${next.from} stands after ${last.from}`);
    last = next;
  }
  return [first, ...later];
}

/** @returns a price with its start, read as {@link priceBook} reads one. @throws TypeError that says what is wrong */
export const priceFrom = (given: PriceFrom): PriceVersion => version(given, 1);

/**
 * @param later prices that were set in addition, in any order; of two with the same start, theirs counts
 * @returns one book of both
 */
export function bookWith(book: PriceBook, later: readonly PriceVersion[]): PriceBook {
  if (later.length === 0) return book;
  const starts = new Set(later.map(({ start }) => start));
  const [first = book[0], ...rest] = [...book.filter(({ start }) => !starts.has(start)), ...later].sort(
    (a, b) => a.start - b.start,
  );
  return [first, ...rest];
}

/**
 * @param at milliseconds since the epoch
 * @returns the price in force; a time before the first price is taken for its start
 */
export const priceAt = (book: PriceBook, at: number): PriceVersion =>
  book.findLast(({ start }) => start <= at) ?? book[0];

/** What the price of a call may depend on. */
export interface Metered {
  /** Of the answer's body, as it leaves. */
  bytesOut: number;
  /** By the handler's meter. */
  charged: MicroDollars;
}

/** @returns what an admitted call costs that did not fail: always a safe integer. */
export const costOf = (price: Price, { bytesOut, charged }: Metered): MicroDollars =>
  (price.perCall ?? 0) +
  (price.perKilobyteOut ?? 0) * Math.ceil(bytesOut / 1000) +
  (price.byHandler === true ? charged : 0);

/** What a call is booked at. */
export interface Charge {
  price: MicroDollars;
  /** The start of the price it was made with; absent where the call costs nothing by its outcome. */
  pricedFrom?: string;
}

/**
 * @param call `at` is the gateway's time in milliseconds; `admitted` false where the guard refused it
 * @returns what a call is booked at: nothing where it was refused, or failed by our fault (5xx)
 */
export function chargeFor(
  book: PriceBook,
  call: Metered & { at: number; admitted: boolean; status: number },
): Charge {
  if (!call.admitted || call.status >= 500) return { price: 0 };
  const { price, from } = priceAt(book, call.at);
  return { price: costOf(price, call), pricedFrom: from };
}

/**
 * @returns the amount, if it is one
 * @throws TypeError where it is no integer, negative, or beyond `most`
 */
export function amount(given: MicroDollars, what: string, most = MAX_AMOUNT): MicroDollars {
  if (Number.isSafeInteger(given) && given >= 0 && given <= most) return given;
  throw new TypeError(`${what}: ${given} is no number of micro-dollars, an integer from 0 to ${most}`);
}

function versionsOf(pricing: Pricing): readonly (Price | PriceFrom)[] {
  if (typeof pricing === 'number') return [perCall(pricing)];
  return isSeveral(pricing) ? pricing : [pricing];
}

const isSeveral = (pricing: Exclude<Pricing, number>): pricing is Exclude<Pricing, number | Price> =>
  Array.isArray(pricing);

function version(given: Price | PriceFrom, index: number): PriceVersion {
  const { from, ...price } = { from: index === 0 ? EVER : undefined, ...given };
  if (from === undefined)
    throw new TypeError('a price after the first says no time from which it is in force');
  return { from, start: startOf(from), price: checked(price) };
}

/** Nothing is guessed: of what is not written in this one form, whoever reads it may think something else. */
function startOf(from: string): number {
  const start = Date.parse(from);
  const isTime = Number.isFinite(start) && new Date(start).toISOString() === from.replace(/Z$/, '.000Z');
  if (!isTime) throw new TypeError(`the start of a price is a time such as ${BEGINNING}, not ${from}`);
  return start;
}

const parts = ['perCall', 'perKilobyteOut', 'byHandler'] as const satisfies readonly (keyof Price)[];

function checked(price: Price): Price {
  const unknown = Object.keys(price).filter((name) => !parts.some((part) => part === name));
  if (unknown.length > 0) throw new TypeError(`a price has no ${unknown.join(', ')}`);
  if (parts.every((part) => price[part] === undefined)) throw new TypeError('a price without a part');
  if (price.perCall !== undefined) amount(price.perCall, 'per call');
  if (price.perKilobyteOut !== undefined) amount(price.perKilobyteOut, 'per kB out', MAX_PER_KILOBYTE);
  if (price.byHandler !== undefined && price.byHandler !== true)
    throw new TypeError('byHandler is true or absent');
  return price;
}
