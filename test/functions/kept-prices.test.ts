/** Prices that operators set, as functions see them that read them now and then: each call costs what it is to cost. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PriceBook, perCall, priceAt, priceBook } from '../../lambdas/domain/ledger/price.ts';
import {
  booksOf,
  NOTICE,
  PRICES_LIMIT,
  PRICES_TTL,
  type PriceList,
  withoutPrice,
  withPrice,
} from '../../lambdas/domain/ledger/price-list.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { keptPrices, wirePrices } from '../../lambdas/functions/wire-prices.ts';
import { guard } from '../../lambdas/http/guard.ts';
import { json } from '../../lambdas/http/respond.ts';
import { revocationReader, usageWriter } from '../../lambdas/store/ledger.ts';
import { priceListRecord } from '../../lambdas/store/prices.ts';
import { DAY, MINUTE, NOW, SECOND, testClock } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { booked, ROUTE } from '../support/guarded.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testTokens } from '../support/tokens.ts';

const at = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');
const DECLARED = priceBook([perCall(1), { from: at(NOW + 70 * MINUTE), ...perCall(2) }]);

/** How far a clock may be off, and how long a write may take: the timeline of price-list.ts has almost 5 minutes for both. */
const SKEW = 140 * SECOND;
const WRITE = 10 * SECOND;
const SPAN = 180 * MINUTE;

const millisecond = fc.nat(SPAN);
const skew = fc.integer({ min: -SKEW, max: SKEW });

/** What an operator does: sets a price, or takes one back. Seconds of notice; some are too few. */
const action = fc.record({
  at: millisecond,
  written: fc.nat(WRITE),
  skew,
  removes: fc.boolean(),
  notice: fc.nat(90 * 60),
  price: fc.integer({ min: 10, max: 99 }),
});
const outage = fc.record({ from: millisecond, length: fc.nat(30 * MINUTE) });
const instance = fc.record({
  skew,
  calls: fc.array(fc.record({ at: millisecond, late: fc.nat(30 * SECOND) }), { maxLength: 40 }),
});

describe('an instance that keeps prices for a while', () => {
  it('prices no call wrong: clocks differ, reads fail, operators change their minds', async () => {
    const all = { unreadable: 0, priced: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 8 }),
        fc.array(outage, { maxLength: 2 }),
        fc.array(instance, { minLength: 1, maxLength: 3 }),
        async (actions, outages, instances) => {
          const versions = historyOf(actions);
          const truth = booksOf(versions.at(-1)?.list ?? [])('GET /it', DECLARED);
          for (const { skew, calls } of instances) {
            let now = 0;
            const read = async () => {
              if (outages.some(({ from, length }) => now >= from && now < from + length)) {
                throw new StoreUnavailable('gone');
              }
              return versions.findLast(({ from }) => from <= now)?.list ?? [];
            };
            const prices = keptPrices(read, () => NOW + now + skew);
            for (const call of [...calls].sort((a, b) => a.at + a.late - (b.at + b.late))) {
              now = call.at + call.late;
              const book: PriceBook | undefined = await prices('GET /it', DECLARED).catch(() => undefined);
              all[book === undefined ? 'unreadable' : 'priced'] += 1;
              if (book !== undefined)
                expect(priceAt(book, NOW + call.at)).toEqual(priceAt(truth, NOW + call.at));
            }
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(all.priced).toBeGreaterThan(all.unreadable);
    expect(all.unreadable).toBeGreaterThan(0);
  });

  it('would, of a price that begins as soon as it is set', async () => {
    const clock = testClock();
    let list: PriceList = [];
    const prices = keptPrices(async () => list, clock);
    await prices('GET /it', DECLARED);
    list = [{ route: 'GET /it', from: at(NOW), ...perCall(9) }];
    clock.advance(PRICES_TTL - 1);
    expect(priceAt(await prices('GET /it', DECLARED), clock()).price).toEqual(perCall(1));
    clock.advance(1);
    expect(priceAt(await prices('GET /it', DECLARED), clock()).price).toEqual(perCall(9));
  });

  it('has the notice for its cache, for writes and for clocks', () => {
    expect(PRICES_LIMIT + WRITE + 2 * SKEW).toBeLessThanOrEqual(NOTICE);
  });
});

/** The lists that there were, each from when it could be read. Writes are one after the other, as their condition has it. */
function historyOf(actions: readonly (typeof action extends fc.Arbitrary<infer A> ? A : never)[]) {
  const versions: { from: number; list: PriceList }[] = [{ from: 0, list: [] }];
  for (const { at: time, written, skew, removes, notice, price } of [...actions].sort(
    (a, b) => a.at - b.at,
  )) {
    const last = versions.at(-1) ?? { from: 0, list: [] };
    const now = NOW + time + skew;
    const from = at(Math.floor((now + notice * SECOND) / SECOND) * SECOND);
    const next =
      removes && last.list[0] !== undefined
        ? withoutPrice(last.list, last.list[price % last.list.length] ?? last.list[0], now)
        : withPrice(last.list, { route: 'GET /it', from, ...perCall(price) }, now, 90 * DAY);
    // Whoever has to wait for another's write reads the list and the clock anew.
    if (next.ok && time >= last.from) versions.push({ from: time + written, list: next.value });
  }
  return versions;
}

describe('the guard of a deployment', () => {
  let table: TestTable;
  let tokens: Awaited<ReturnType<typeof testTokens>>;
  let clock: ReturnType<typeof testClock>;
  beforeAll(async () => {
    [table, tokens] = await Promise.all([createTestTable(), testTokens()]);
  });
  beforeEach(() => {
    clock = testClock();
    table.takeOperations();
  });
  afterAll(() => table.close());

  const route = { key: ROUTE, access: { kind: 'token', anyOf: [], allOf: [] } as const, price: DECLARED };
  const guarded = () => {
    const ledger = { client: table.client, table: table.name };
    const stores = {
      revocations: revocationReader(ledger),
      usage: usageWriter({ ...ledger, retention: 3600 }),
    };
    const ports = { ...stores, prices: wirePrices(ledger, clock), clock, log: recordedLog([]) };
    const serve = guard({ routeOf: () => route, ...ports }, async () => json(200, {}));
    return async (requestId: string) => {
      const answer = await serve(await tokens.request(ROUTE, { requestId, at: clock() }));
      return { status: answer.statusCode, operations: table.takeOperations().sort() };
    };
  };

  it('reads them beside the revocations of its first call, and every five minutes; a warm call costs what it did', async () => {
    const call = guarded();
    const [cold, warm] = [
      ['BatchGetItem', 'GetItem', 'PutItem'],
      ['BatchGetItem', 'PutItem'],
    ];
    expect(await call('first')).toEqual({ status: 200, operations: cold });
    clock.advance(PRICES_TTL - 1);
    expect(await call('second')).toEqual({ status: 200, operations: warm });
    const record = priceListRecord({ client: table.client, table: table.name }, () => 'revision');
    await record.replace(await record.read(), [{ route: ROUTE, from: at(NOW + PRICES_TTL), ...perCall(33) }]);
    table.takeOperations();
    clock.advance(1);
    expect(await call('third')).toEqual({ status: 200, operations: cold });
    expect((await booked(table)).map(({ requestId, price }) => [requestId, price]).sort()).toEqual([
      ['first', 1],
      ['second', 1],
      ['third', 33],
    ]);
  });
});
