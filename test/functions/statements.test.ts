import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Response } from '../../lambdas/http/event.ts';
import { chain, lateHours } from '../../lambdas/store/closings.ts';
import { rollupReader } from '../../lambdas/store/rollups.ts';
import { DAY, NOW } from '../support/clock.ts';
import { requestEvent } from '../support/event.ts';
import { captureOutput } from '../support/output.ts';
import {
  aRow,
  byOperator,
  CLIENTS_ROUTE,
  OCTOBER,
  OPERATORS_ROUTE,
  statements,
  verifiedBy,
} from '../support/statements.ts';
import { basic, bodyOf, createTokenService, KID, type TokenService } from '../support/token-service.ts';

type TestClient = Awaited<ReturnType<TokenService['client']>>;

let service: TokenService;
let world: ReturnType<typeof statements>;
let shop: TestClient;
let idle: TestClient;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  world = statements(service);
  [shop, idle] = await Promise.all([service.client(), service.client()]);
  const { clientId } = shop;
  await world.close([
    aRow({ clientId }),
    aRow({ clientId, route: 'POST /products', calls: 3, errors: 1, refused: 1, cost: 400, tenant: 'acme' }),
    aRow({ clientId, sub: 'alice#1', hour: '2026-10-31T23', calls: 2, cost: 100 }),
    aRow({ clientId: 'another', sub: 'alice#1', hour: '2026-10-31T23', cost: 7_000_000 }),
    aRow({ clientId, hour: '2026-11-01T00', cost: 9_000_000 }),
    aRow({ clientId: 'deleted-since' }),
    aRow({ clientId: 'odd#client/ü' }),
  ]);
  await world.link(
    ['2026-10-02T03', '2026-10-31T23', '2026-11-01T00', '2026-10-02T03', '2026-11-01T01'],
    LAST,
  );
});
afterEach(() => service.restore());
afterAll(() => service.close());

/** The last hour that is closed. */
const LAST = '2026-11-22T05';
const MONTH = '2026-10';

const verified = (response: Response) => verifiedBy(service, response);

describe('200 with the statement of a closed month', () => {
  it('to the client itself: its own calls, whoever they were made for, and nobody else’s', async () => {
    const response = await world.own(shop.apiKey, MONTH);
    expect(await verified(response)).toEqual({ ...OCTOBER, sub: shop.clientId });
    expect(response.headers).toEqual({
      ...{ 'content-type': 'application/jose', 'cache-control': 'no-store', vary: 'accept' },
    });
    expect(output.lines()).toMatchObject([
      { message: 'statement signed', clientId: shop.clientId, kid: KID, route: CLIENTS_ROUTE },
    ]);
  });

  it('by a client secret too; the same client asks twice and is told the same', async () => {
    const request = requestEvent(CLIENTS_ROUTE, {
      headers: basic(shop.clientId, shop.clientSecret),
      pathParameters: { month: MONTH },
    });
    const [one, two] = [await world.send(request), await world.send(request)];
    expect(await verified(one)).toEqual(await verified(two));
  });

  it('to an operator, of any client, and the log says who it was', async () => {
    expect(await verified(await world.of(shop.clientId, MONTH))).toEqual({ ...OCTOBER, sub: shop.clientId });
    expect(output.lines()).toMatchObject([{ operator: expect.stringContaining(':user/operator') }]);
  });

  it('inside JSON where that is what is accepted', async () => {
    for (const accept of ['application/json', 'text/html, application/json;q=0.9']) {
      const response = await world.own(shop.apiKey, MONTH, { headers: { accept } });
      expect(response.headers).toMatchObject({ 'content-type': 'application/json' });
      const { statement, ...others } = bodyOf(response);
      expect(others).toEqual({});
      await verified({ ...response, body: String(statement) });
    }
    for (const accept of ['*/*', 'application/jose+json', 'application/json-seq']) {
      await verified(await world.own(shop.apiKey, MONTH, { headers: { accept } }));
    }
  });

  it('of nothing, to a client that called nothing', async () => {
    const nothing = { rows: [], total: { ...OCTOBER.total, ...NOTHING }, sub: idle.clientId };
    expect(await verified(await world.own(idle.apiKey, MONTH))).toEqual({ ...OCTOBER, ...nothing });
    expect(await verified(await world.of(idle.clientId, MONTH))).toMatchObject(nothing);
  });

  it('of a client that was deleted since, to operators', async () => {
    expect(await verified(await world.of('deleted-since', MONTH))).toMatchObject({
      ...{ sub: 'deleted-since', total: { calls: 1 } },
    });
  });

  it('of whatever a record was booked under', async () => {
    const odd = 'odd#client/ü';
    expect(await verified(await world.of(odd, MONTH))).toMatchObject({ sub: odd, total: { calls: 1 } });
  });
});

const NOTHING = {
  ...{ calls: 0, errors: 0, refused: 0, bytes_out: 0, cost_micro_dollars: 0, cost: '0.000000' },
};

describe('400', () => {
  it.each(['2026-13', '2026', 'october', '2026-10-01', '%00', '__proto__'])(
    'for the month %s',
    async (month) => {
      const own = await world.own(shop.apiKey, month);
      expect(own).toMatchObject({ statusCode: 400, headers: { 'cache-control': 'no-store' } });
      expect(bodyOf(own)).toEqual({
        error: 'invalid_request',
        error_description: 'month has to be one such as 2026-10',
      });
      expect(bodyOf(await world.of(shop.clientId, month))).toMatchObject({
        ...{ status: 400, code: 'invalid_month' },
      });
    },
  );

  it('for credentials in the address, before anything is read; nothing of them is in the log', async () => {
    const query = { client_id: shop.clientId, client_secret: shop.clientSecret };
    const answer = await world.send(requestEvent(CLIENTS_ROUTE, { query, pathParameters: { month: MONTH } }));
    expect(bodyOf(answer)).toMatchObject({ error: 'invalid_request' });
    expect(service.takeOperations()).toEqual([]);
    expect(output.text()).not.toContain(shop.clientSecret);
  });
});

describe('401', () => {
  it.each([
    ['nothing', {}],
    ['an API key of nobody', { 'x-api-key': 'tg_x_y_z' }],
    ['a wrong secret', basic('client-1', 'not-the-secret')],
    ['a token', { authorization: 'Bearer a.b.c' }],
  ])('to %s, whatever the month', async (_, headers) => {
    for (const month of [MONTH, 'x']) {
      const answer = await world.send(requestEvent(CLIENTS_ROUTE, { headers, pathParameters: { month } }));
      expect(answer).toMatchObject({
        statusCode: 401,
        headers: { 'www-authenticate': expect.stringMatching(/^Basic/) },
      });
      expect(bodyOf(answer)).toMatchObject({ error: 'invalid_client' });
    }
    expect(service.ledgerTable.takeOperations()).toEqual([]);
  });
});

describe('403', () => {
  it('to an operator’s route without an operator, whatever else is presented', async () => {
    const pathParameters = { clientId: shop.clientId, month: MONTH };
    const headers = { 'x-api-key': shop.apiKey };
    const answer = await world.send(requestEvent(OPERATORS_ROUTE, { headers, pathParameters }));
    expect(bodyOf(answer)).toMatchObject({ status: 403, code: 'not_an_operator' });
    expect(service.takeOperations()).toEqual([]);
  });

  it('never the other way round: an operator’s signature authenticates no client', async () => {
    const { clientId } = shop;
    for (const route of [CLIENTS_ROUTE, '$default', 'GET /admin/usage/statements/{clientId}']) {
      const answer = await world.send(
        byOperator(requestEvent(route, { pathParameters: { clientId, month: MONTH } })),
      );
      expect(answer.statusCode).toBe(401);
    }
  });

  it('a client’s own statement is its own, whatever the path says', async () => {
    const answer = await world.send(
      requestEvent(CLIENTS_ROUTE, {
        headers: { 'x-api-key': idle.apiKey },
        pathParameters: { clientId: shop.clientId, month: MONTH },
      }),
    );
    expect(await verified(answer)).toMatchObject({ sub: idle.clientId });
  });
});

describe('404', () => {
  it('for a month before anything was recorded', async () => {
    const own = await world.own(shop.apiKey, '2026-09');
    expect(own.statusCode).toBe(404);
    expect(bodyOf(own)).toMatchObject({ error: 'nothing_recorded' });
    expect(bodyOf(await world.of(shop.clientId, '1970-01'))).toMatchObject({
      ...{ status: 404, code: 'nothing_recorded' },
    });
  });

  it('to operators for a client that there is not, and was not', async () => {
    for (const clientId of [
      'never-there',
      'Not An Id',
      '',
      '\u0000',
      '\ud800',
      'x'.repeat(256),
      'ü'.repeat(200),
    ]) {
      expect(bodyOf(await world.of(clientId, MONTH))).toMatchObject({ status: 404, code: 'unknown_client' });
    }
    expect(output.text()).not.toContain('Not An Id');
  });
});

describe('409 month_not_closed', () => {
  it('for a month that is not over, with when it can be had', async () => {
    const own = await world.own(shop.apiKey, '2026-11');
    const wait = (Date.UTC(2026, 11, 1, 6, 5) - NOW) / 1000;
    expect(own).toMatchObject({ statusCode: 409, headers: { 'retry-after': String(wait) } });
    expect(bodyOf(own)).toEqual({
      error: 'month_not_closed',
      error_description: 'the month is not closed yet; ask again from 2026-12-01T06:05:00.000Z on',
    });
    const answer = await world.of('never-there', '9999-12');
    expect(bodyOf(answer)).toMatchObject({ status: 409, code: 'month_not_closed' });
    expect(Number(answer.headers?.['retry-after'])).toBeGreaterThan(wait);
  });

  it('for one that is over and of which not all is closed', async () => {
    service.clock.advance(15 * DAY);
    expect((await world.own(shop.apiKey, '2026-11')).statusCode).toBe(409);
  });

  it('while an hour of it has to be closed again, and no longer', async () => {
    await world.late().mark('2026-11-02T00');
    await verified(await world.own(shop.apiKey, MONTH));
    await world.late().mark('2026-10-15T00');
    const answer = await world.own(shop.apiKey, MONTH);
    expect(answer).toMatchObject({ statusCode: 409, headers: { 'retry-after': '300' } });
    for (const { hour, mark } of await world.late().marked()) await world.late().clear(hour, mark);
    await verified(await world.own(shop.apiKey, MONTH));
  });
});

describe('never a sum that is wrong', () => {
  const rollups = () => rollupReader({ client: service.ledgerTable.client, table: service.ledgerTable.name });

  it('500, an error in the log, a count for the alarm and no signature where rows and totals are not of the same calls', async () => {
    const changes = {
      rollups: {
        ...rollups(),
        totalsOf: async function* (...asked: Parameters<ReturnType<typeof rollups>['totalsOf']>) {
          for await (const total of rollups().totalsOf(...asked)) yield { ...total, cost: total.cost + 1 };
        },
      },
      sign: async () => {
        throw new Error('signed');
      },
    };
    const own = await world.own(shop.apiKey, MONTH, {}, changes);
    expect(own.statusCode).toBe(500);
    expect(bodyOf(own)).toMatchObject({ error: 'server_error' });
    const operators = await world.of(shop.clientId, MONTH, {}, changes);
    expect(bodyOf(operators)).toMatchObject({ status: 500, code: 'internal_error' });
    const told = { level: 'ERROR', message: 'statement refused', code: 'sums_disagree' };
    const counted = { StatementSumsDisagreed: 1 };
    expect(output.lines()).toMatchObject([counted, told, counted, told]);
  });

  it('503 where an hour is closed again while it is put together', async () => {
    const ledger = { client: service.ledgerTable.client, table: service.ledgerTable.name };
    for (const meanwhile of [
      () => lateHours(ledger).mark('2026-10-02T03'),
      () => world.link(['2026-10-02T03']),
    ]) {
      const changes = {
        rollups: {
          ...rollups(),
          totalsOf: async function* (...asked: Parameters<ReturnType<typeof rollups>['totalsOf']>) {
            yield* rollups().totalsOf(...asked);
            await meanwhile();
          },
        },
      };
      const answer = await world.of(shop.clientId, MONTH, {}, changes);
      expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
      expect(bodyOf(answer)).toMatchObject({ code: 'month_is_changing' });
      for (const { hour, mark } of await lateHours(ledger).marked())
        await lateHours(ledger).clear(hour, mark);
      const own = await world.own(shop.apiKey, MONTH, {}, changes);
      expect(own).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
      for (const { hour, mark } of await lateHours(ledger).marked())
        await lateHours(ledger).clear(hour, mark);
    }
    expect((await chain(ledger).head())?.hour).toBe('2026-10-02T03');
  });

  it('503 without a key to sign with, without the ledger, and without the directory', async () => {
    service.state.hasKeys = false;
    expect((await world.own(shop.apiKey, MONTH)).statusCode).toBe(503);
    expect((await world.of(shop.clientId, MONTH)).statusCode).toBe(503);
    service.state.hasKeys = true;
    service.state.behindDoors = true;
    service.ledgerDoor.misbehave(() => 'throttled');
    const own = await world.own(shop.apiKey, MONTH);
    expect(own).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(bodyOf(own)).toMatchObject({ error: 'temporarily_unavailable' });
    expect(bodyOf(await world.of(shop.clientId, MONTH))).toMatchObject({
      ...{ status: 503, code: 'ledger_unavailable' },
    });
    service.directoryDoor.misbehave(() => 'failing');
    expect((await world.own(shop.apiKey, MONTH)).statusCode).toBe(503);
  });
});

describe('what it takes', () => {
  it('one read of the directory; of the ledger one of the state, and queries: four for the chain and two for the marks, one for the totals, one for who was active and one each', async () => {
    await world.own(shop.apiKey, MONTH);
    const operations = service.takeOperations();
    const count = (name: string) => operations.filter((operation) => operation === name).length;
    expect({ batches: count('BatchGetItem'), gets: count('GetItem'), queries: count('Query') }).toEqual({
      ...{ batches: 1, gets: 3, queries: 10 },
    });
    expect(operations).toHaveLength(14);
  });

  it('no more than the total, where there are more subjects than can be read', async () => {
    const ledger = { client: service.ledgerTable.client, table: service.ledgerTable.name };
    let read = 0;
    const changes = {
      rollups: {
        ...rollupReader(ledger),
        active: async function* () {
          for (let at = 0; at < 30_000; at += 1) yield `subject-${at}`;
        },
        rollupsOf: async function* () {
          read += 1;
          yield aRow({ clientId: 'another' });
        },
      },
    };
    expect(await verified(await world.own(shop.apiKey, MONTH, {}, changes))).toMatchObject({
      ...{ grouped_by: [], rows: [], total: OCTOBER.total },
    });
    expect(read).toBeLessThan(20_100);
  });
});
