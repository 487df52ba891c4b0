/** What the guard books a call at: by the price book of its route, its answer, and what its handler charges. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  byHandler,
  EVER,
  MAX_AMOUNT,
  type Price,
  type Pricing,
  perCall,
  perKilobyteOut,
} from '../../lambdas/domain/ledger/price.ts';
import { booksOf, declaredPrices, type PriceReader } from '../../lambdas/domain/ledger/price-list.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { ADDING, productsHandler } from '../../lambdas/functions/products/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { guard, type ProtectedHandler } from '../../lambdas/http/guard.ts';
import { createLog } from '../../lambdas/http/log.ts';
import type { Meter } from '../../lambdas/http/meter.ts';
import { json } from '../../lambdas/http/respond.ts';
import { routeOf } from '../../lambdas/routes.ts';
import { revocationReader, usageWriter } from '../../lambdas/store/ledger.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import type { EventOptions } from '../support/event.ts';
import { booked, clock, guarded, ROUTE } from '../support/guarded.ts';
import { captureOutput } from '../support/output.ts';
import { testTokens } from '../support/tokens.ts';

let table: TestTable;
let tokens: Awaited<ReturnType<typeof testTokens>>;
const output = captureOutput();
beforeAll(async () => {
  tokens = await testTokens();
  table = await createTestTable();
});
afterAll(() => table.close());

let calls = 0;

/** @returns the answer, and what was booked for this very call */
async function callOf(
  price: Pricing,
  handler: ProtectedHandler,
  options: EventOptions = {},
  prices: PriceReader = declaredPrices,
) {
  const requestId = `priced-${++calls}`;
  const { serve } = guarded(table, { rule: { price }, handler, prices });
  const answer = await serve(await tokens.request(ROUTE, { requestId, ...options }));
  return { answer, record: (await booked(table)).find((record) => record.requestId === requestId) };
}

const answering =
  (response: Response): ProtectedHandler =>
  async () =>
    response;
const charging =
  (...amounts: number[]): ProtectedHandler =>
  async (_request, _caller, meter) => {
    for (const amount of amounts) meter.charge(amount);
    return json(200, {});
  };

const from = new Date(NOW + 1000).toISOString().replace('.000Z', 'Z');

describe('a route whose price changes within the hour', () => {
  const pricing: Pricing = [perCall(50), { from, ...perCall(60) }];

  it.each([
    ['the last millisecond before', NOW + 999, 50, EVER],
    ['the first millisecond of it', NOW + 1000, 60, from],
  ])('books a call at the gateway’s time, not the function’s: %s', async (_, at, price, pricedFrom) => {
    const { record } = await callOf(pricing, answering(json(200, {})), { at });
    expect(record).toMatchObject({ at, price, pricedFrom });
  });
});

describe('a price per kB out', () => {
  it.each<[string, Response, number, number]>([
    ['no body', { statusCode: 204 }, 0, 0],
    ['a short one', { body: 'x' }, 1, 3],
    ['bytes, not characters', { body: 'ü'.repeat(501) }, 1002, 6],
    [
      'base64 as it leaves, decoded',
      { body: Buffer.alloc(1000).toString('base64'), isBase64Encoded: true },
      1000,
      3,
    ],
    ['a 4xx', json(404, {}), 2, 3],
  ])('is by the answer’s body: %s', async (_, response, bytesOut, price) => {
    const { record } = await callOf(perKilobyteOut(3), answering(response));
    expect(record).toMatchObject({ bytesOut, price });
  });
});

describe('a price that the handler sets', () => {
  it('is what it charges, in all', async () => {
    const { answer, record } = await callOf(byHandler, charging(5, 0, 7));
    expect(answer.statusCode).toBe(200);
    expect(record).toMatchObject({ price: 12, pricedFrom: EVER });
  });

  it('is nothing where it charges nothing', async () => {
    expect((await callOf(byHandler, charging())).record).toMatchObject({ price: 0, pricedFrom: EVER });
  });

  it('adds to the other parts of the price', async () => {
    const { record } = await callOf({ ...perCall(10), ...byHandler }, charging(5));
    expect(record).toMatchObject({ price: 15 });
  });

  it.each([
    [
      'answers 5xx',
      async (meter: Meter) => {
        meter.charge(9);
        return json(502, {});
      },
    ],
    [
      'throws',
      async (meter: Meter) => {
        meter.charge(9);
        throw new Error('broken');
      },
    ],
  ])('is nothing where the handler %s after it has charged', async (_, work) => {
    const { record } = await callOf(byHandler, (_request, _caller, meter) => work(meter));
    expect(record).toMatchObject({ price: 0, outcome: 'admitted' });
    expect(record).not.toHaveProperty('pricedFrom');
  });

  it.each([[-1], [0.1], [Number.NaN], [MAX_AMOUNT + 1], [MAX_AMOUNT, 1], ['5' as never]])(
    'fails the call where %s is charged',
    async (...amounts) => {
      const { answer, record } = await callOf(byHandler, charging(...amounts));
      expect(answer.statusCode).toBe(500);
      expect(record).toMatchObject({ status: 500, price: 0 });
      expect(output.lines().find(({ message }) => message === 'handler failed')).toMatchObject({
        errorName: 'TypeError',
      });
    },
  );

  it('fails the call of a route that has another price', async () => {
    const { answer, record } = await callOf(perCall(10), charging(5));
    expect(answer.statusCode).toBe(500);
    expect(record).toMatchObject({ price: 0 });
  });

  it('takes nothing more once the call is answered', async () => {
    let kept: Meter | undefined;
    await callOf(byHandler, async (_request, _caller, meter) => {
      kept = meter;
      return json(200, {});
    });
    expect(() => kept?.charge(1)).toThrow(TypeError);
  });

  it('is by the price in force: before its start what is charged counts for nothing', async () => {
    const pricing: Pricing = [perCall(50), { from, ...byHandler }];
    expect((await callOf(pricing, charging(5))).record).toMatchObject({ status: 200, price: 50 });
    expect((await callOf(pricing, charging(5), { at: NOW + 1000 })).record).toMatchObject({ price: 5 });
  });
});

describe('a price that an operator set', () => {
  const set = (price: Price): PriceReader => {
    const books = booksOf([{ route: ROUTE, from, ...price }]);
    return async (...asked) => books(...asked);
  };

  it.each([
    [NOW + 999, 50, EVER],
    [NOW + 1000, 70, from],
  ])('is for the calls from its start on: at %s', async (at, price, pricedFrom) => {
    const { record } = await callOf(perCall(50), answering(json(200, {})), { at }, set(perCall(70)));
    expect(record).toMatchObject({ price, pricedFrom });
  });

  it('without a part of the handler’s: it charges in vain, and works as it did', async () => {
    const { record } = await callOf(byHandler, charging(5), { at: NOW + 1000 }, set(perCall(70)));
    expect(record).toMatchObject({ status: 200, price: 70 });
  });

  it('503 where nobody can say what was set, and the handler does not run; the refusal is booked', async () => {
    const unread = async () => {
      throw new StoreUnavailable('no usable value');
    };
    const { answer, record } = await callOf(perCall(50), charging(1), {}, unread);
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(record).toMatchObject({ status: 503, outcome: 'refused', price: 0 });
    expect(record).not.toHaveProperty('pricedFrom');
    expect(output.lines().find(({ message }) => message === 'prices not read')).toBeDefined();
    expect(output.text()).toContain('"GuardFailed":1');
  });
});

describe('an answer that cannot be sent', () => {
  it('is a failure of the handler, booked as one', async () => {
    const { answer, record } = await callOf(5, answering({ body: { not: 'text' } as never }));
    expect(answer.statusCode).toBe(500);
    expect(record).toMatchObject({ status: 500, price: 0 });
  });
});

describe('the sample routes, at the prices of routes.ts', () => {
  const ledger = () => ({ client: table.client, table: table.name, retention: 3600 });
  const serve = () =>
    guard(
      {
        ...{ routeOf, prices: declaredPrices, clock, log: createLog('prices-test') },
        ...{ revocations: revocationReader(ledger()), usage: usageWriter(ledger()) },
      },
      productsHandler(),
    );
  const claims = { scope: 'read:products write:products' };
  const recordOf = async (key: string, options: EventOptions) => {
    const requestId = `sample-${++calls}`;
    await serve()(await tokens.request(key, { requestId, claims, ...options }));
    return (await booked(table)).find((record) => record.requestId === requestId);
  };

  it('a product that is read costs by its size', async () => {
    const record = await recordOf('GET /products/{name}', { pathParameters: { name: 'lamp' } });
    expect(record).toMatchObject({ price: 50, status: 200 });
  });

  it.each([
    ['one that is added', '{"name": "sofa"}', ADDING],
    ['one that is refused', '{"name": "Sofa"}', 0],
  ])('the handler sets what %s costs', async (_, body, price) => {
    const record = await recordOf('POST /products', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(record).toMatchObject({ price, route: 'POST /products', outcome: 'admitted' });
  });
});
