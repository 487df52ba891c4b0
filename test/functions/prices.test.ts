import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVER } from '../../lambdas/domain/ledger/price.ts';
import { MAX_AHEAD, NOTICE, type PriceList } from '../../lambdas/domain/ledger/price-list.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { RevisedRecord } from '../../lambdas/domain/revised.ts';
import { pricesHandler } from '../../lambdas/functions/prices/handler.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { priceListReader, priceListRecord } from '../../lambdas/store/prices.ts';
import { DAY, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { OPERATOR, operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

const RETENTION_DAYS = 90;
const LAMP = 'GET /products/{name}';
const lines: unknown[][] = [];
let table: TestTable;
let requests = 0;
beforeEach(async () => {
  table = await createTestTable();
  lines.length = 0;
});
afterEach(() => table.close());

const at = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');
const SOON = at(NOW + NOTICE);

interface Asked {
  body?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  record?: RevisedRecord<PriceList>;
  now?: number;
}

const access = () => ({ client: table.client, table: table.name });
const own = () => priceListRecord(access(), randomUUID);

async function call(method: 'GET' | 'PUT' | 'DELETE', asked: Asked = {}) {
  const { body, query, headers = {}, record = own(), now = NOW } = asked;
  const event = operatorEvent(`${method} /admin/prices`, {
    requestId: `request-${requests++}`,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(query && { query }),
  });
  const ports = { clock: () => now, log: recordedLog(lines), audit: auditWriter(access()) };
  const answer = await pricesHandler({ ...ports, record }, { retention: RETENTION_DAYS * 86_400 })(event);
  const { statusCode: status, headers: told = {} } = answer;
  return { status, headers: told, body: answer.body === undefined ? undefined : JSON.parse(answer.body) };
}

const setting = (changes: Record<string, unknown> = {}) => ({
  route: LAMP,
  from: SOON,
  per_call_micro_dollars: 60,
  ...changes,
});

const setAt = async (from: string, now = NOW, price = 60) => {
  const answer = await call('PUT', { body: setting({ from, per_call_micro_dollars: price }), now });
  expect(answer.status).toBe(201);
};

const rowsOf = async (route: string, now = NOW): Promise<Record<string, unknown>[]> =>
  (await call('GET', { query: { route }, now })).body.prices;

describe('PUT /admin/prices', () => {
  it('201 for a new one, 200 for another of the same start: a read and a write beside the trail’s two', async () => {
    const body = setting({ per_kilobyte_out_micro_dollars: 3 });
    const created = await call('PUT', { body });
    expect(created).toMatchObject({ status: 201, headers: { etag: expect.stringMatching(/^"[\w-]{36}"$/) } });
    expect(created.body).toEqual(body);
    expect(table.takeOperations()).toEqual(['GetItem', 'PutItem', 'PutItem', 'UpdateItem']);
    expect(lines).toMatchObject([
      ['info', 'price set', { operator: OPERATOR, priceOf: LAMP, from: SOON, status: 201 }],
    ]);
    const changed = await call('PUT', { body: setting() });
    expect(changed).toMatchObject({ status: 200, body: setting() });
    expect(await priceListReader(access())()).toEqual([{ route: LAMP, from: SOON, perCall: 60 }]);
    const trail = (await table.items()).filter(({ action }) => action === 'price.set');
    expect(trail.map(({ target, details }) => ({ target, details }))).toContainEqual({
      target: { route: LAMP, from: SOON },
      details: { per_call_micro_dollars: 60 },
    });
  });

  it('keeps what was set for other routes and times, in order', async () => {
    for (const [route, minutes] of [
      ['POST /auth', 20],
      [LAMP, 40],
      [LAMP, 20],
    ] as const) {
      await call('PUT', { body: setting({ route, from: at(NOW + minutes * MINUTE) }) });
    }
    expect((await priceListReader(access())()).map(({ route, from }) => [route, from])).toEqual([
      [LAMP, at(NOW + 20 * MINUTE)],
      [LAMP, at(NOW + 40 * MINUTE)],
      ['POST /auth', at(NOW + 20 * MINUTE)],
    ]);
  });

  it.each([
    ['invalid_body', undefined],
    ['invalid_body', '[]'],
    ['invalid_body', setting({ more: 1 })],
    ['invalid_body', { route: LAMP, from: SOON }],
    ['invalid_body', { route: LAMP, from: SOON, by_handler: false }],
    ['invalid_route', setting({ route: 7 })],
    ['unknown_route', setting({ route: 'GET /gone' })],
    ['unknown_route', setting({ route: '\u202e' })],
    ['unknown_route', setting({ route: 'POST /oauth2/revoke' })],
    ['unknown_route', setting({ route: 'GET /admin/prices' })],
    ['unknown_route', setting({ route: 'GET /.well-known/jwks.json' })],
    ['invalid_from', setting({ from: '2027-01-01' })],
    ['invalid_from', setting({ from: '2027-02-31T00:00:00Z' })],
    ['invalid_from', setting({ from: '2027-01-01T00:00:00.000Z' })],
    ['invalid_from', setting({ from: '2027-01-01T00:00:00+01:00' })],
    ['invalid_from', setting({ from: '' })],
    ['invalid_from', setting({ from: EVER })],
    ['invalid_from', setting({ from: at(NOW + NOTICE - SECOND) })],
    ['invalid_from', setting({ from: at(NOW + MAX_AHEAD + SECOND) })],
    ['invalid_per_call_micro_dollars', setting({ per_call_micro_dollars: -1 })],
    ['invalid_per_call_micro_dollars', setting({ per_call_micro_dollars: 0.5 })],
    ['invalid_per_call_micro_dollars', setting({ per_call_micro_dollars: '60' })],
    ['invalid_per_call_micro_dollars', setting({ per_call_micro_dollars: 1_000_000_001 })],
    ['invalid_per_kilobyte_out_micro_dollars', setting({ per_kilobyte_out_micro_dollars: 100_001 })],
    ['invalid_by_handler', setting({ by_handler: 'yes' })],
    ['invalid_by_handler', setting({ by_handler: true })],
  ])('400 %s, and nothing is written', async (code, body) => {
    const answer = await call('PUT', { body });
    expect(answer).toMatchObject({ status: 400, body: { code, status: 400 } });
    expect(table.takeOperations()).not.toContain('PutItem');
  });

  it('says from when on a price can begin: by the function’s clock, to the next whole second', async () => {
    const now = NOW + 1;
    const { body } = await call('PUT', { body: setting(), now });
    expect(body.detail).toContain(at(NOW + NOTICE + SECOND));
    expect((await call('PUT', { body: setting({ from: at(NOW + NOTICE + SECOND) }), now })).status).toBe(201);
  });

  it('takes a part of the handler’s where the handler charges', async () => {
    const body = { route: 'POST /products', from: SOON, by_handler: true, per_call_micro_dollars: 5 };
    expect(await call('PUT', { body })).toMatchObject({ status: 201, body });
  });

  it('409 too_many_prices for the fifty-first of a route; those that no kept call needs do not count', async () => {
    const later = (minutes: number) => ({ route: LAMP, from: at(NOW + minutes * MINUTE), perCall: minutes });
    const list: PriceList = Array.from({ length: 50 }, (_, index) => later(20 + index));
    const record = own();
    await record.replace(await record.read(), list);
    const one = setting({ from: at(NOW + DAY) });
    expect(await call('PUT', { body: one })).toMatchObject({
      status: 409,
      body: { code: 'too_many_prices' },
    });
    expect((await record.read()).value).toEqual(list);
    const now = NOW + (RETENTION_DAYS + 1) * DAY;
    const next = setting({ from: at(now + NOTICE) });
    expect(await call('PUT', { body: next, now })).toMatchObject({ status: 201 });
    // The last of them is what a call of 90 days ago cost.
    expect((await record.read()).value).toEqual([
      list.at(-1),
      { route: LAMP, from: at(now + NOTICE), perCall: 60 },
    ]);
  });

  it('409 too_many_prices before the item grows too large for DynamoDB and every guard', async () => {
    const list = Array.from({ length: 4000 }, (_, index) => ({
      ...{ route: `GET /route-${index}/{with}/{parameters}`, from: SOON, perCall: index },
    }));
    const record: RevisedRecord<PriceList> = {
      read: async () => ({ value: list, revision: 'r' }),
      replace: async () => 'never',
    };
    const answer = await call('PUT', { body: setting(), record });
    expect(answer).toMatchObject({ status: 409, body: { code: 'too_many_prices' } });
  });

  it('412 where the list is not what If-Match names, or the price is there and must not be', async () => {
    await setAt(SOON);
    const tag = String((await call('GET')).headers.etag);
    const other = setting({ from: at(NOW + DAY) });
    for (const headers of [{ 'if-match': '"another"' }, { 'if-none-match': '*' }]) {
      const answer = await call('PUT', { body: setting({ per_call_micro_dollars: 1 }), headers });
      expect(answer).toMatchObject({ status: 412, body: { code: 'changed_meanwhile' } });
    }
    expect(await call('PUT', { body: other, headers: { 'if-match': tag } })).toMatchObject({ status: 201 });
    expect(await call('PUT', { body: other, headers: { 'if-match': tag } })).toMatchObject({ status: 412 });
    expect(await rowsOf(LAMP)).toHaveLength(3);
  });

  it('two operators at once: neither undoes what the other did', async () => {
    const starts = [20, 21, 22, 23].map((minutes) => at(NOW + minutes * MINUTE));
    await Promise.all(starts.map((from) => setAt(from)));
    expect((await priceListReader(access())()).map(({ from }) => from)).toEqual(starts);
  });

  it('knows its own write again, where the answer to it got lost and the SDK wrote twice', async () => {
    const record = own();
    const seen = await record.read();
    const twice = priceListRecord(access(), () => 'mine');
    const list = [{ route: LAMP, from: SOON, perCall: 1 }];
    expect(await twice.replace(seen, list)).toBe('mine');
    expect(await twice.replace(seen, list)).toBe('mine');
    expect(await record.replace(seen, [])).toBeUndefined();
    expect((await record.read()).value).toEqual(list);
  });

  it('503 where the ledger does not answer: it can be tried again', async () => {
    const record: RevisedRecord<PriceList> = {
      read: async () => {
        throw new StoreUnavailable('gone');
      },
      replace: async () => undefined,
    };
    const answer = await call('PUT', { body: setting(), record });
    expect(answer).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe('GET /admin/prices', () => {
  it('200 with the prices of each route whose calls are booked: whose they are, and whether they are in force', async () => {
    await setAt(SOON);
    await setAt(at(NOW + DAY), NOW, 70);
    const lamp = { route: LAMP, per_call_micro_dollars: 48, per_kilobyte_out_micro_dollars: 2 };
    expect(await rowsOf(LAMP)).toEqual([
      { ...lamp, from: EVER, set_by: 'deployment', state: 'in_force' },
      { ...setting(), set_by: 'operator', state: 'coming' },
      {
        ...setting({ from: at(NOW + DAY), per_call_micro_dollars: 70 }),
        set_by: 'operator',
        state: 'coming',
      },
    ]);
    const states = async (now: number) => (await rowsOf(LAMP, now)).map(({ state }) => state);
    expect(await states(NOW + NOTICE)).toEqual(['past', 'in_force', 'coming']);
    expect(await states(NOW + DAY)).toEqual(['past', 'past', 'in_force']);
    const { prices } = (await call('GET')).body as { prices: { route: string }[] };
    const routes = new Set(prices.map(({ route }) => route));
    expect([...routes].filter((route) => route.startsWith('POST'))).toEqual([
      'POST /auth',
      'POST /oauth2/token',
      'POST /products',
    ]);
    expect(prices).toContainEqual({
      ...{ route: 'POST /products', from: EVER, by_handler: true, set_by: 'deployment', state: 'in_force' },
    });
  });

  it('200 with those of a route that is no more, at the end', async () => {
    const record = own();
    await record.replace(await record.read(), [{ route: 'GET /gone', from: SOON, perCall: 1 }]);
    const { prices } = (await call('GET')).body;
    expect(prices.at(-1)).toEqual({
      ...{ route: 'GET /gone', from: SOON, per_call_micro_dollars: 1, set_by: 'operator', state: 'unused' },
    });
  });

  it('400 for a parameter that there is not', async () => {
    const answer = await call('GET', { query: { path: LAMP } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'unknown_parameter' } });
  });
});

describe('DELETE /admin/prices', () => {
  it('204 for one that nobody has heard of yet, 404 from then on', async () => {
    await setAt(at(NOW + DAY));
    const query = { route: LAMP, from: at(NOW + DAY) };
    table.takeOperations();
    expect(await call('DELETE', { query })).toMatchObject({ status: 204, body: undefined });
    expect(table.takeOperations()).toEqual(['GetItem', 'PutItem', 'PutItem', 'UpdateItem']);
    expect(await rowsOf(LAMP)).toHaveLength(1);
    expect(await call('DELETE', { query })).toMatchObject({ status: 404, body: { code: 'unknown_price' } });
  });

  it.each([
    ['price_begins_soon', NOW + DAY - NOTICE + 1],
    ['price_begins_soon', NOW + DAY - 1],
    ['price_in_force', NOW + DAY],
    ['price_in_force', NOW + 2 * DAY],
  ])('409 %s: what it was is never changed', async (code, now) => {
    await setAt(at(NOW + DAY));
    const query = { route: LAMP, from: at(NOW + DAY) };
    expect(await call('DELETE', { query, now })).toMatchObject({ status: 409, body: { code } });
    expect(await rowsOf(LAMP)).toHaveLength(2);
  });

  it('404 for one of the table of routes: that is changed there', async () => {
    const query = { route: LAMP, from: EVER };
    expect(await call('DELETE', { query })).toMatchObject({ status: 404, body: { code: 'unknown_price' } });
  });

  it('412 where If-Match names another revision', async () => {
    await setAt(at(NOW + DAY));
    const query = { route: LAMP, from: at(NOW + DAY) };
    const answer = await call('DELETE', { query, headers: { 'if-match': '"another"' } });
    expect(answer).toMatchObject({ status: 412, body: { code: 'changed_meanwhile' } });
    expect(await rowsOf(LAMP)).toHaveLength(2);
  });

  it.each([
    ['invalid_route', {}],
    ['invalid_route', { from: SOON }],
    ['invalid_from', { route: LAMP }],
    ['invalid_from', { route: LAMP, from: 'soon' }],
    ['unknown_parameter', { route: LAMP, from: SOON, all: 'true' }],
  ])('400 %s', async (code, query) => {
    expect(await call('DELETE', { query: query as Record<string, string> })).toMatchObject({
      ...{ status: 400, body: { code } },
    });
  });
});
