/** Records that were made up: what is taken is booked for good, so it must not keep an hour from being closed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { testBookkeeping } from '../support/bookkeeping.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { type TestLedger, testLedger, usageRecord } from '../support/ledger.ts';

let ledger: TestLedger;
let books: ReturnType<typeof testBookkeeping>;
beforeAll(async () => {
  ledger = await testLedger();
  books = testBookkeeping(ledger);
});
afterAll(() => ledger.end());

let requests = 0;
const lost = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord({ requestId: `lost-${++requests}`, at: NOW - 3 * HOUR, ...changes });

const replay = (...records: unknown[]) =>
  books.call('POST /admin/usage/records', { body: { records, booked_by: 'replay' } });

const wide = (length: number) => '€'.repeat(length);
const token = {
  ...{ jti: 'jti-1', clientId: 'alice', credentialId: 'password', sub: 'alice', txn: 'txn-1' },
  ...{
    scopes: [],
    kid: 'kid-1',
    iat: NOW / 1000,
    exp: NOW / 1000 + 900,
    sourceIp: '203.0.113.7',
    grantType: 'login',
  },
};

describe('POST /admin/usage/records', () => {
  it.each<[string, Partial<UsageRecord>, object?]>([
    ['route', { route: wide(200) }],
    ['client', { clientId: wide(255) }],
    ['tenant', { tenant: wide(255) }],
    [
      'route, client and tenant together',
      { route: 'r'.repeat(512), clientId: 'c'.repeat(255), tenant: 't'.repeat(255) },
    ],
    [
      'credential',
      { clientId: wide(100), credentialId: wide(255) },
      { clientId: wide(100), credentialId: wide(255) },
    ],
    ['transaction', { txn: wide(255) }, { txn: wide(255) }],
  ])('refuses a %s that no key can hold, and books the others', async (_, changes, issued) => {
    const record = lost(changes);
    const { status, body } = await replay(
      { record, ...(issued && { issued: { ...token, ...issued } }) },
      { record: lost() },
    );
    expect([status, body]).toMatchObject([
      200,
      { results: [{ outcome: 'refused', code: 'invalid_key' }, { outcome: 'booked' }] },
    ]);
    expect((await ledger.close()).backlog).toBe(0);
  });

  it('refuses a token whose lineage cannot be read: nobody could be told of it', async () => {
    const { body } = await replay({ record: lost(), issued: { ...token, lineage: 'of nothing' } });
    expect(body).toMatchObject({ results: [{ outcome: 'refused', code: 'invalid_lineage' }] });
  });
});

describe('POST /admin/usage/missing', () => {
  it('says of a call that no key can hold that it has no record', async () => {
    const call = { request_id: 'x', at: NOW, sub: wide(255), jti: wide(255) };
    const { status, body } = await books.call('POST /admin/usage/missing', { body: { calls: [call] } });
    expect([status, body]).toMatchObject([200, { missing: ['x'] }]);
  });
});
