import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testBookkeeping } from '../support/bookkeeping.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/clock.ts';
import { type TestLedger, testLedger } from '../support/ledger.ts';

const CHAIN = 'GET /admin/usage/closings';
const HOUR_OF = 'GET /admin/usage/closings/{hour}';
let ledger: TestLedger;
let books: ReturnType<typeof testBookkeeping>;
beforeAll(async () => {
  ledger = await testLedger();
  books = testBookkeeping(ledger);
  await ledger.states.advance({ closed: '2026-11-22T07', checked: '2026-11-22T07' });
  await ledger.book(
    { at: NOW - 4 * HOUR, price: 7 },
    { at: NOW - 4 * HOUR + MINUTE },
    { at: NOW - 2 * HOUR },
  );
  await ledger.close();
});
afterAll(() => ledger.end());

const hour = (name: string, ports = {}) => books.call(HOUR_OF, { pathParameters: { hour: name } }, ports);

describe('GET /admin/usage/closings', () => {
  it('200 with the links as they were hashed, page by page', async () => {
    const { status, body } = await books.call(CHAIN, { query: { limit: '2' } });
    const links = body.links as Record<string, unknown>[];
    expect({ status, ...body }).toMatchObject({ status: 200, next: 2, closed_through: '2026-11-22T10' });
    expect(Object.keys(links[0] ?? {}).sort()).toEqual([
      'at',
      'cost',
      'digest',
      'generation',
      'hash',
      'hour',
      'previous',
      'records',
      'seq',
    ]);
    expect(links).toMatchObject([
      { seq: 1, hour: '2026-11-22T08', records: 2, cost: 17 },
      { seq: 2, records: 0 },
    ]);
    const rest = await books.call(CHAIN, { query: { after: '2' } });
    expect(rest.body.links).toMatchObject([{ seq: 3, hour: '2026-11-22T10', previous: links[1]?.hash }]);
    expect(rest.body).not.toHaveProperty('next');
  });

  it.each([{ after: '-1' }, { after: 'x' }, { limit: '0' }, { limit: '1001' }, { limit: '' }, { more: '1' }])(
    '400 to %j',
    async (query) => {
      const answer = await books.call(CHAIN, { query: query as Record<string, string> });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_page' } });
    },
  );
});

describe('GET /admin/usage/closings/{hour}', () => {
  it('200 with what its records amount to now, and the link that counts: a read, nine queries', async () => {
    ledger.table.takeOperations();
    const { status, body } = await hour('2026-11-22T08');
    expect({ status, ...body }).toMatchObject({
      status: 200,
      hour: '2026-11-22T08',
      records: 2,
      cost: 17,
      late: false,
    });
    expect(body.link).toMatchObject({ seq: 1, digest: body.digest });
    expect(ledger.table.takeOperations().sort()).toEqual(['GetItem', ...Array(9).fill('Query')]);
  });

  it('says where something was booked late that is not closed in yet', async () => {
    await ledger.late.mark('2026-11-22T10');
    expect(await hour('2026-11-22T10')).toMatchObject({ status: 200, body: { late: true } });
  });

  it.each([
    ['400', 'invalid_hour', '2026-11-22'],
    ['400', 'invalid_hour', '2026-02-30T01'],
    ['400', 'invalid_hour', '2026-11-22T24'],
    ['404', 'hour_not_closed', '2026-11-22T11'],
    ['404', 'hour_not_closed', '2020-11-22T11'],
  ])('%s %s: %s', async (status, code, name) => {
    expect(await hour(name)).toMatchObject({ status: Number(status), body: { code } });
  });

  it('410 where records of it may have expired', async () => {
    const clock = () => NOW + 90 * DAY;
    expect(await hour('2026-11-22T08', { clock })).toMatchObject({
      status: 410,
      body: { code: 'hour_expired' },
    });
  });

  it('503 where there is too much to count', async () => {
    let time = NOW;
    const clock = () => {
      time += 20_000;
      return time;
    };
    expect(await hour('2026-11-22T08', { clock })).toMatchObject({
      status: 503,
      body: { code: 'hour_too_large' },
    });
  });

  it('409 where a record of it is none any more', async () => {
    const [item] = (await ledger.table.items()).filter(({ at }) => at === NOW - 2 * HOUR);
    await ledger.table.client.send(
      new UpdateCommand({
        TableName: ledger.table.name,
        Key: { pk: item?.pk, sk: item?.sk },
        UpdateExpression: 'SET price = :none',
        ExpressionAttributeValues: { ':none': 'nothing' },
      }),
    );
    expect(await hour('2026-11-22T10')).toMatchObject({ status: 409, body: { code: 'hour_unreadable' } });
  });
});
