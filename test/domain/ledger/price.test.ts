import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BEGINNING,
  byHandler,
  chargeFor,
  costOf,
  EVER,
  free,
  MAX_AMOUNT,
  MAX_PER_KILOBYTE,
  type Price,
  type PriceFrom,
  type Pricing,
  perCall,
  perKilobyteOut,
  priceAt,
  priceBook,
} from '../../../lambdas/domain/ledger/price.ts';
import { addRecord, addSums, noSums } from '../../../lambdas/domain/ledger/rollup.ts';
import { hourOf, type UsageRecord } from '../../../lambdas/domain/usage.ts';
import { NOW } from '../../support/clock.ts';

const at = (from: string, price: Price = free): PriceFrom => ({ from, ...price });
const NEW_YEAR = Date.parse('2027-01-01T00:00:00Z');
const call = { at: NOW, admitted: true, status: 200, bytesOut: 0, charged: 0 };

describe('a price book', () => {
  it.each<[string, Pricing, Price]>([
    ['a number', 50, { perCall: 50 }],
    ['free', free, { perCall: 0 }],
    ['per call', perCall(50), { perCall: 50 }],
    ['per kB out', perKilobyteOut(2), { perKilobyteOut: 2 }],
    ['by the handler', byHandler, { byHandler: true }],
    ['parts that add up', { ...perCall(50), ...perKilobyteOut(2) }, { perCall: 50, perKilobyteOut: 2 }],
    ['a list of one', [perCall(50)], { perCall: 50 }],
  ])('can be written as %s, in force since ever', (_, pricing, price) => {
    expect(priceBook(pricing)).toEqual([{ from: EVER, start: 0, price }]);
  });

  it('has each price from its start, to the millisecond', () => {
    const book = priceBook([
      at(BEGINNING, perCall(50)),
      at('2027-01-01T00:00:00Z', { ...perCall(60), ...perKilobyteOut(2) }),
    ]);
    expect(priceAt(book, NEW_YEAR - 1)).toMatchObject({ from: BEGINNING, price: { perCall: 50 } });
    expect(priceAt(book, NEW_YEAR)).toMatchObject({ from: '2027-01-01T00:00:00Z', price: { perCall: 60 } });
    expect(priceAt(book, Number.MAX_SAFE_INTEGER)).toMatchObject({ price: { perCall: 60 } });
    expect(priceAt(book, 0)).toMatchObject({ price: { perCall: 50 } });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', [], /without a price/],
    ['a price without a part', {}, /without a part/],
    ['a start without a price', [at(BEGINNING, {})], /without a part/],
    ['a part that there is not', { perMonth: 1 }, /has no perMonth/],
    ['a handler that does not set it', { byHandler: false }, /byHandler/],
    ['a gap before the first', [at('2026-01-01T00:00:01Z', perCall(1))], /calls before 2026-01-01T00:00:01Z/],
    ['no start after the first', [perCall(1), perCall(2)], /says no time/],
    ['the same start twice', [perCall(1), at(BEGINNING), at(BEGINNING)], /two prices from/],
    ['the start of the first again', [perCall(1), at(EVER)], /two prices from/],
    [
      'an earlier one later',
      [perCall(1), at('2027-01-02T00:00:00Z'), at('2027-01-01T00:00:00Z')],
      /stands after/,
    ],
  ])('is refused for %s', (_, pricing, message) => {
    expect(() => priceBook(pricing as Pricing)).toThrow(TypeError);
    expect(() => priceBook(pricing as Pricing)).toThrow(message);
  });

  it.each([
    '',
    'now',
    '2027',
    '2027-01-01',
    '2027-01-01T00:00:00',
    '2027-01-01T00:00:00+01:00',
    '2027-01-01T00:00:00.5Z',
    '2027-01-01 00:00:00Z',
    '2027-02-30T00:00:00Z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T00:00:00z',
    'Fri, 01 Jan 2027 00:00:00 GMT',
  ])('is refused for the start %j', (from) => {
    expect(() => priceBook([perCall(1), at(from)])).toThrow(/the start of a price is a time such as/);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, MAX_AMOUNT + 1, '1' as never])(
    'is refused for %s micro-dollars',
    (amount) => {
      if (typeof amount === 'number') expect(() => priceBook(amount)).toThrow(/per call: .* is no number/);
      expect(() => priceBook(perCall(amount))).toThrow(/per call: .* is no number/);
      expect(() => priceBook(perKilobyteOut(amount))).toThrow(/per kB out: .* is no number/);
    },
  );

  it('takes the highest amounts, and none above', () => {
    expect(() => priceBook({ perCall: MAX_AMOUNT, perKilobyteOut: MAX_PER_KILOBYTE })).not.toThrow();
    expect(() => priceBook(perKilobyteOut(MAX_PER_KILOBYTE + 1))).toThrow(TypeError);
  });
});

const seconds = fc.integer({
  min: Date.parse(BEGINNING) / 1000,
  max: Date.parse('2040-01-01T00:00:00Z') / 1000,
});
const price: fc.Arbitrary<Price> = fc.oneof(
  fc.nat(MAX_AMOUNT).map(perCall),
  fc.nat(MAX_PER_KILOBYTE).map(perKilobyteOut),
  fc.constant(byHandler),
  fc
    .tuple(fc.nat(MAX_AMOUNT), fc.nat(MAX_PER_KILOBYTE))
    .map(([one, other]) => ({ ...perCall(one), ...perKilobyteOut(other), ...byHandler })),
);
const isoOf = (second: number) => `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
const books = fc
  .tuple(price, fc.uniqueArray(seconds, { maxLength: 6 }), fc.array(price, { minLength: 6, maxLength: 6 }))
  .map(([first, starts, prices]) => {
    const later = starts.sort((a, b) => a - b).map((second, index) => at(isoOf(second), prices[index]));
    return [first, ...later] as [Price, ...PriceFrom[]];
  });
const metered = fc.record({ bytesOut: fc.nat(10_000_000), charged: fc.nat(MAX_AMOUNT) });

describe('the price of a call', () => {
  it('is that of the last start not after it, whatever the book', () => {
    fc.assert(
      fc.property(books, seconds, fc.integer({ min: -1, max: 1 }), (written, second, offset) => {
        const [first, ...later] = written as [Price, ...PriceFrom[]];
        const starts = later.map(({ from }) => Date.parse(from));
        for (const time of [second * 1000 + offset, ...starts, ...starts.map((start) => start - 1)]) {
          const expected = later.filter(({ from }) => Date.parse(from) <= time).at(-1);
          const { from, ...parts } = expected ?? { from: EVER, ...first };
          expect(priceAt(priceBook(written), time)).toMatchObject({ from, price: parts });
        }
      }),
    );
  });

  it('is the sum of its parts, always a safe integer', () => {
    fc.assert(
      fc.property(price, metered, (one, { bytesOut, charged }) => {
        const cost = costOf(one, { bytesOut, charged });
        expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
        const parts = Object.entries(one).map(([part, value]) =>
          costOf({ [part]: value } as Price, { bytesOut, charged }),
        );
        expect(cost).toBe(parts.reduce((sum, part) => sum + part, 0));
      }),
    );
  });

  it.each([
    [0, 0],
    [1, 2],
    [1000, 2],
    [1001, 4],
    [6_000_000, 12_000],
  ])('is by started thousands of bytes: %i bytes at 2 cost %i', (bytesOut, cost) => {
    expect(costOf(perKilobyteOut(2), { bytesOut, charged: 0 })).toBe(cost);
  });

  it('has what the handler charged only where it is set by the handler', () => {
    expect(costOf(perCall(5), { bytesOut: 0, charged: 7 })).toBe(5);
    expect(costOf({ ...perCall(5), ...byHandler }, { bytesOut: 0, charged: 7 })).toBe(12);
  });
});

describe('what a call is booked at', () => {
  const book = priceBook({ ...perCall(50), ...perKilobyteOut(2), ...byHandler });

  it('is its price where it was admitted and did not fail, 4xx too', () => {
    const expected = { price: 61, pricedFrom: EVER };
    expect(chargeFor(book, { ...call, bytesOut: 2001, charged: 5 })).toEqual(expected);
    expect(chargeFor(book, { ...call, status: 404, bytesOut: 2001, charged: 5 })).toEqual(expected);
  });

  it('is nothing, at no price, where it was refused or failed', () => {
    expect(chargeFor(book, { ...call, admitted: false, status: 403, charged: 5 })).toEqual({ price: 0 });
    expect(chargeFor(book, { ...call, status: 500, charged: 5 })).toEqual({ price: 0 });
    expect(chargeFor(book, { ...call, status: 503, bytesOut: 9, charged: 5 })).toEqual({ price: 0 });
  });
});

describe('an hour in which prices change', () => {
  const BEGIN = Date.parse('2027-03-01T10:00:00Z');
  const minute = (n: number) => isoOf(BEGIN / 1000 + n * 60);
  const book = priceBook([
    perCall(10),
    at(minute(15), perCall(25)),
    at(minute(40), free),
    at(minute(41), perCall(7)),
  ]);
  const record = (time: number): UsageRecord => ({
    ...{ requestId: 'r', sub: 'a', clientId: 'a', credentialId: 'c', jti: 'j', txn: 't', route: 'GET /x' },
    ...{ status: 200, outcome: 'admitted', latency: 1, sourceIp: '203.0.113.7', at: time },
    ...chargeFor(book, { ...call, at: time }),
  });

  it('sums up to what each call cost at its own time, however the records are split', () => {
    const times = fc.array(fc.integer({ min: BEGIN, max: BEGIN + 3_599_999 }), { maxLength: 300 });
    fc.assert(
      fc.property(times, fc.nat(300), (all, split) => {
        const sums = [all.slice(0, split), all.slice(split)].map((part) => {
          const one = noSums();
          for (const time of part) addRecord(one, record(time));
          return one;
        });
        const total = noSums();
        for (const one of sums) addSums(total, one);
        const count = (from: number, to: number) =>
          all.filter((time) => BEGIN + from * 60_000 <= time && time < BEGIN + to * 60_000).length;
        expect(total.cost).toBe(count(0, 15) * 10 + count(15, 40) * 25 + count(41, 60) * 7);
        expect(new Set(all.map(hourOf)).size).toBeLessThanOrEqual(1);
      }),
    );
  });
});
