import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { booksOf, type PriceReader } from '../../lambdas/domain/ledger/price-list.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { IssuedToken, UsageRecord } from '../../lambdas/domain/usage.ts';
import { OPERATOR, testBookkeeping } from '../support/bookkeeping.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/clock.ts';
import { type TestLedger, testLedger, usageRecord } from '../support/ledger.ts';

const RECORDS = 'POST /admin/usage/records';
let ledger: TestLedger;
let books: ReturnType<typeof testBookkeeping>;
const lines: unknown[][] = [];
beforeAll(async () => {
  ledger = await testLedger();
  books = testBookkeeping(ledger, lines);
});
beforeEach(() => {
  lines.length = 0;
  ledger.table.takeOperations();
});
afterAll(() => ledger.end());

let requests = 0;
/** A record that is nowhere yet. */
const lost = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord({ requestId: `lost-${++requests}`, at: NOW - 30 * MINUTE, ...changes });

const replay = async (...records: unknown[]) => {
  const answer = await books.call(RECORDS, { body: { records, booked_by: 'replay' } });
  return (answer.body.results ?? answer) as Record<string, unknown>[];
};

/** What the gateway saw of a call. */
const seen = ({ price: _, outcome: __, ...call }: UsageRecord) => call;
const reconcile = async (...calls: object[]) => {
  const records = calls.map((record) => ({ record }));
  const answer = await books.call(RECORDS, { body: { records, booked_by: 'reconciliation' } });
  return (answer.body.results ?? answer) as Record<string, unknown>[];
};

const bookedOf = async (requestId: string) =>
  (await ledger.table.items()).filter((item) => item.requestId === requestId);

/** The trail has a write before all others, and one after them. */
function besidesTheTrail(): string[] {
  const [begun, ...operations] = ledger.table.takeOperations();
  expect([begun, operations.pop()]).toEqual(['PutItem', 'UpdateItem']);
  return operations;
}

describe('POST /admin/usage/records, replayed', () => {
  it('books a record with the price it was made with, once: a query and three writes', async () => {
    const record = lost({ price: 77, pricedFrom: '2026-01-01T00:00:00Z', tenant: 'acme', bytesOut: 12 });
    const result = { request_id: record.requestId, price_micro_dollars: 77 };
    expect(await replay({ record })).toEqual([{ ...result, outcome: 'booked' }]);
    expect(besidesTheTrail()).toEqual(['Query', 'PutItem', 'PutItem', 'PutItem']);
    expect(await replay({ record })).toEqual([{ ...result, outcome: 'already_booked' }]);
    expect(await bookedOf(record.requestId)).toMatchObject([{ ...record, bookedBy: 'replay' }]);
    expect(lines).toEqual([
      [
        'info',
        'usage record booked by replay',
        {
          ...{ operator: OPERATOR, requestId: 'request-1', route: RECORDS, ofRequest: record.requestId },
          ...{ sub: 'alice', clientId: 'alice', jti: 'jti-1', txn: 'txn-1' },
        },
      ],
    ]);
  });

  it('leaves what is there as it is, and says where it differs', async () => {
    const record = lost();
    await ledger.usage.append(record);
    ledger.table.takeOperations();
    expect(await replay({ record })).toMatchObject([{ outcome: 'already_booked', price_micro_dollars: 10 }]);
    expect(besidesTheTrail()).toEqual(['Query']);
    expect(await replay({ record: { ...record, price: 5 } })).toEqual([
      { request_id: record.requestId, outcome: 'already_booked', code: 'differs', price_micro_dollars: 10 },
    ]);
    expect(await bookedOf(record.requestId)).toMatchObject([record]);
  });

  it('books two lines of one request once, also where their times differ', async () => {
    const record = lost();
    const results = await replay({ record }, { record: { ...record, at: record.at + 900 } });
    expect(results).toMatchObject([{ outcome: 'booked' }, { outcome: 'already_booked', code: 'differs' }]);
    expect(await bookedOf(record.requestId)).toHaveLength(1);
  });

  it('books the token that a login issued, where it is not there', async () => {
    const record = lost({ route: 'POST /auth', jti: 'jti-issued', price: 100 });
    const issued: IssuedToken = {
      ...{ jti: 'jti-issued', clientId: 'alice', credentialId: 'password', sub: 'alice', txn: 'txn-1' },
      ...{ scopes: ['read:products'], kid: 'kid-1', iat: NOW / 1000, exp: NOW / 1000 + 900 },
      ...{ sourceIp: '203.0.113.7', grantType: 'login' },
    };
    expect(await replay({ record, issued: { ...issued, sub: 'bob' } })).toMatchObject([
      { outcome: 'refused', code: 'issued_differs' },
    ]);
    expect(await replay({ record, issued })).toMatchObject([{ outcome: 'booked' }]);
    expect(await replay({ record, issued })).toMatchObject([{ outcome: 'already_booked' }]);
    const items = (await ledger.table.items()).filter(({ jti }) => jti === 'jti-issued');
    expect(items.map(({ pk }) => String(pk).split('#')[0]).sort()).toEqual([
      'CREDENTIAL',
      'TOKEN',
      'TXN',
      'USAGE',
    ]);
  });

  it('lets the hour be closed again, also where whoever booked the record died before that', async () => {
    await ledger.states.advance({ closed: '2026-11-22T09', checked: '2026-11-22T09' });
    await ledger.close();
    const record = lost({ at: NOW - 5 * HOUR });
    await replay({ record });
    expect((await ledger.close()).amended).toEqual(['2026-11-22T07']);
    expect((await ledger.close()).amended).toEqual([]);
    const other = lost({ at: NOW - 6 * HOUR, bookedBy: 'replay' });
    await ledger.usage.append(other);
    const { bookedBy: _, ...again } = other;
    expect(await replay({ record: again })).toMatchObject([{ outcome: 'already_booked' }]);
    expect((await ledger.close()).amended).toEqual(['2026-11-22T06']);
  });

  it.each<[code: string, changes: object]>([
    ['invalid_price', { price: -1 }],
    ['invalid_price', { price: 0.5 }],
    ['invalid_price', { price: 1e15 }],
    ['invalid_price', { price: '10' }],
    ['invalid_price', { price: null }],
    ['invalid_price', { status: 500 }],
    ['invalid_price', { outcome: 'refused' }],
    ['invalid_outcome', { outcome: 'perhaps' }],
    ['invalid_status', { status: 99 }],
    ['invalid_latency', { latency: -1 }],
    ['invalid_bytes_out', { bytesOut: 1e12 }],
    ['invalid_priced_from', { pricedFrom: 'always' }],
    ['invalid_at', { at: 1.5 }],
    ['invalid_at', { at: '2026-11-22T12:00:00Z' }],
    ['invalid_sub', { sub: '' }],
    ['invalid_sub', { sub: 'x'.repeat(256) }],
    ['invalid_sub', { sub: 'a\u0000b' }],
    ['invalid_sub', { sub: '\ud800' }],
    ['invalid_route', { route: 'x'.repeat(513) }],
    ['invalid_tenant', { tenant: 7 }],
    ['invalid_request_id', { requestId: 'a\nb' }],
    ['invalid_key', { sub: 'ü'.repeat(200) }],
    ['unknown_member', { bookedBy: 'replay' }],
    ['unknown_member', { more: 1 }],
    ['too_old', { at: NOW - 91 * DAY }],
    ['too_old', { at: NOW - 90 * DAY + HOUR }],
    ['in_the_future', { at: NOW + 6 * MINUTE }],
  ])('refuses %s: %j', async (code, changes) => {
    const [result] = await replay({ record: { ...lost(), ...changes } });
    expect(result).toMatchObject({ outcome: 'refused', code });
    expect(besidesTheTrail()).toEqual([]);
  });

  it('takes a route that is no more, ids with the separator in them, and the others of a batch', async () => {
    const odd = lost({ route: 'GET /gone', sub: 'a#b', jti: 'c#d' });
    const results = await replay(
      {},
      7,
      { record: { requestId: 'x', at: 1 } },
      { record: odd, more: 1 },
      { record: odd },
    );
    expect(results).toEqual([
      { outcome: 'refused', code: 'invalid_record' },
      { outcome: 'refused', code: 'invalid_entry' },
      { request_id: 'x', outcome: 'refused', code: 'invalid_sub' },
      { request_id: odd.requestId, outcome: 'refused', code: 'unknown_member' },
      { request_id: odd.requestId, outcome: 'booked', price_micro_dollars: 10 },
    ]);
  });
});

describe('POST /admin/usage/records, reconciled', () => {
  it('says itself what the call cost: the price of its route at its time, nothing for a failure or a refusal', async () => {
    const bases = [200, 404, 500, 503, 401, 403].map((status) => seen(lost({ status })));
    const results = await reconcile(...bases);
    expect(results.map(({ outcome, price_micro_dollars }) => [outcome, price_micro_dollars])).toEqual([
      ...[
        ['booked', 10],
        ['booked', 10],
        ['booked', 0],
        ['booked', 0],
        ['booked', 0],
        ['booked', 0],
      ],
    ]);
    const [first, , failed, , refused] = await Promise.all(bases.map(({ requestId }) => bookedOf(requestId)));
    expect(first).toMatchObject([
      { outcome: 'admitted', price: 10, pricedFrom: '1970-01-01T00:00:00Z', bookedBy: 'reconciliation' },
    ]);
    expect(failed).toMatchObject([{ outcome: 'admitted', price: 0 }]);
    expect(refused).toMatchObject([{ outcome: 'refused', price: 0 }]);
  });

  it('takes no price from the sender, no token, and nothing that may still be booked by itself', async () => {
    const call = seen(lost());
    expect(await reconcile({ ...call, price: 0 })).toMatchObject([{ code: 'unknown_member' }]);
    const recent = { ...call, at: NOW - 4 * MINUTE };
    expect(await reconcile(recent)).toMatchObject([{ outcome: 'refused', code: 'too_recent' }]);
    const records = [{ record: call, issued: {} }];
    const answer = await books.call(RECORDS, { body: { records, booked_by: 'reconciliation' } });
    expect(answer.body.results).toMatchObject([{ outcome: 'refused', code: 'invalid_issued' }]);
    expect(ledger.table.takeOperations()).not.toContain('Query');
  });

  it('is priced by what operators set as well, at the gateway’s time', async () => {
    const from = new Date(NOW - 30 * MINUTE).toISOString().replace('.000Z', 'Z');
    const priced = booksOf([{ route: 'GET /protected-resource', from, perCall: 33 }]);
    const prices: PriceReader = async (...asked) => priced(...asked);
    const calls = [NOW - 30 * MINUTE - 1, NOW - 30 * MINUTE].map((at) => seen(lost({ at })));
    const records = calls.map((record) => ({ record }));
    const body = { records, booked_by: 'reconciliation' };
    const answer = await books.call(RECORDS, { body }, { prices });
    expect(answer.body.results).toMatchObject([{ price_micro_dollars: 10 }, { price_micro_dollars: 33 }]);
    const { requestId = '' } = calls[1] ?? {};
    expect(await bookedOf(requestId)).toMatchObject([{ price: 33, pricedFrom: from }]);
  });

  it('503 where nobody can say what was set: it can be tried again', async () => {
    const prices = async () => {
      throw new StoreUnavailable('no usable value');
    };
    const body = { records: [{ record: seen(lost()) }], booked_by: 'reconciliation' };
    expect(await books.call(RECORDS, { body }, { prices })).toMatchObject({
      ...{ status: 503, body: { code: 'ledger_unavailable' } },
    });
  });

  it('tells a route that has no price any more', async () => {
    expect(await reconcile(seen(lost({ route: 'GET /gone' })))).toMatchObject([
      { outcome: 'booked', code: 'no_such_route', price_micro_dollars: 0 },
    ]);
  });

  it('finds the record of a request whose time is some seconds off, over the edge of an hour too', async () => {
    const at = Date.UTC(2026, 10, 22, 9);
    const record = lost({ at, latency: 4 });
    await ledger.usage.append(record);
    expect(await reconcile({ ...seen(record), at: at - 1, latency: 9 })).toEqual([
      { request_id: record.requestId, outcome: 'already_booked', price_micro_dollars: 10 },
    ]);
    expect(await replay({ record: { ...record, at: at - 1 } })).toMatchObject([{ code: 'differs' }]);
    expect(await bookedOf(record.requestId)).toHaveLength(1);
  });
});

describe('POST /admin/usage/missing', () => {
  const MISSING = 'POST /admin/usage/missing';
  const reference = ({ requestId, at, sub, jti }: UsageRecord) => ({ request_id: requestId, at, sub, jti });

  it('200 with those that have no record: a query each, two near the edge of an hour', async () => {
    const [booked, none] = [lost(), lost()];
    await ledger.usage.append(booked);
    ledger.table.takeOperations();
    const calls = [
      reference(none),
      { ...reference(booked), at: booked.at - 999 },
      { ...reference(booked), jti: 'other' },
    ];
    const { status, body } = await books.call(MISSING, { body: { calls } });
    expect({ status, body }).toEqual({ status: 200, body: { missing: [none.requestId, booked.requestId] } });
    expect(ledger.table.takeOperations()).toEqual(['Query', 'Query', 'Query']);
    await books.call(MISSING, { body: { calls: [{ ...reference(none), at: Date.UTC(2026, 10, 22, 9) }] } });
    expect(ledger.table.takeOperations()).toEqual(['Query', 'Query']);
  });

  it.each([
    [undefined],
    [{}],
    [{ calls: [] }],
    [{ calls: Array(101).fill(reference(usageRecord({ at: NOW }))) }],
    [{ calls: [{ ...reference(usageRecord({ at: NOW })), at: -1 }] }],
    [{ calls: [{ ...reference(usageRecord({ at: NOW })), at: 1e300 }] }],
    [{ calls: [{ ...reference(usageRecord({ at: NOW })), sub: '\u0007' }] }],
    [{ calls: [{ ...reference(usageRecord({ at: NOW })), more: 1 }] }],
  ])('400 to %j', async (body) => {
    expect(await books.call(MISSING, { body })).toMatchObject({
      status: 400,
      body: { code: 'invalid_body' },
    });
  });
});

describe('the routes of the bookkeeping', () => {
  const one = { record: lost() };
  it.each([
    [undefined],
    ['['],
    [{ records: [one] }],
    [{ records: [], booked_by: 'replay' }],
    [{ records: Array(101).fill(one), booked_by: 'replay' }],
    [{ records: [one], booked_by: 'me' }],
    [{ records: [one], booked_by: 'replay', more: 1 }],
  ])('400 to a body such as %j', async (body) => {
    expect(await books.call(RECORDS, { body })).toMatchObject({
      status: 400,
      body: { code: 'invalid_body' },
    });
  });

  it('403 without an operator, 503 where the ledger does not answer, and nothing is lost', async () => {
    const body = { records: [{ record: lost() }], booked_by: 'replay' };
    expect(await books.call(RECORDS, { body, authorizer: null })).toMatchObject({ status: 403 });
    const booking = { book: () => Promise.reject(new StoreUnavailable('down')) };
    expect(await books.call(RECORDS, { body }, { booking })).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('booked twice is one record') },
    });
  });
});
