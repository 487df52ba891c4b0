/** What a caller makes up about the ledger: there is an answer that says so, and it is never a failure of ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineageHandler } from '../../lambdas/functions/lineage/handler.ts';
import { usageHandler } from '../../lambdas/functions/usage/handler.ts';
import { formatCursor } from '../../lambdas/http/paging.ts';
import { subjectReader } from '../../lambdas/store/hours.ts';
import { revocationReader } from '../../lambdas/store/ledger.ts';
import { lineageReader } from '../../lambdas/store/lineage.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import { HOUR, MINUTE, NOW } from '../support/clock.ts';
import { RETENTION, type TestLedger, testLedger } from '../support/ledger.ts';
import { recordedLog } from '../support/recorded-log.ts';

let ledger: TestLedger;
const log = recordedLog([]);

/** A UUIDv7 of two hours ago. */
const time = (NOW - 2 * HOUR).toString(16).padStart(12, '0');
const jti = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000001`;

beforeAll(async () => {
  ledger = await testLedger();
  const at = NOW - 2 * HOUR;
  await ledger.book({ at, jti }, { at: at + MINUTE, jti }, { at: NOW, jti });
  await ledger.book({ at, jti, sub: 'bob;=1+1', clientId: 'bob', tenant: 'a;=2' });
  const carols = Array.from({ length: 20 }, (_, number) => ({
    at: at + number,
    sub: 'carol',
    clientId: 'carol',
  }));
  await ledger.book(...carols.map((call) => ({ ...call, jti })));
  await ledger.close();
});
afterAll(() => ledger.end());

type Query = Record<string, string>;
const OWN = ['read:usage'];
const ALL = ['read:usage:all'];
const TODAY = { from: '2026-11-22', to: '2026-11-22' };

async function usage(query: Query, scopes: string[]) {
  const { hours, rollups, clock, access } = ledger;
  const ports = { hours, rollups, clock, subjects: subjectReader(access), retention: RETENTION, log };
  const request = aliceRequest('GET /usage', { query: { ...TODAY, ...query } });
  const { statusCode, body = '' } = await usageHandler(ports)(request, { ...alice, scopes }, unmetered);
  return { status: statusCode, body };
}

const codeOf = (body: string): string => JSON.parse(body).code;

describe('GET /usage', () => {
  it.each(['user', 'client', 'tenant'])('refuses a %s of a name that no key can hold', async (name) => {
    for (const id of ['€'.repeat(120), 'x'.repeat(1024), '\ud800']) {
      const { status, body } = await usage({ [name]: id }, ALL);
      expect([status, codeOf(body)]).toEqual([400, 'invalid_whose']);
    }
  });

  const made: [string, string[], string[]?][] = [
    ['half of a character', ['alice', '\ud800'], ['token']],
    ['a token that no key can hold', ['alice', 'x'.repeat(1024)], ['token']],
    ['a token that no key can hold once it is encoded', ['alice', '€'.repeat(120)], ['token']],
    ['nobody', [''], ['day', 'hour', 'route', 'token']],
    ['a part of nobody', ['', 'x'], ['day', 'hour', 'route', 'token']],
    ['a name that no key can hold', ['x'.repeat(1024)]],
    ['a part of a name that no key can hold', ['x'.repeat(1024), 'x']],
  ];

  it.each(made)('refuses a cursor that was made up to go on behind %s', async (_, after, groupings) => {
    for (const groupBy of groupings ?? ['day', 'hour', 'route', 'tenant', 'token']) {
      for (const [whose, asked, scopes] of [
        [{}, { of: 'user', sub: 'alice' }, OWN],
        [{ user: '*' }, { of: 'everyone' }, ALL],
      ] as const) {
        const query = [groupBy, JSON.stringify(asked), TODAY.from, TODAY.to];
        const cursor = formatCursor(query, { range: { from: NOW - 12 * HOUR, to: NOW }, after });
        const { status, body } = await usage({ groupBy, cursor, ...whose }, [...scopes]);
        expect([groupBy, status, codeOf(body)]).toEqual([groupBy, 400, 'invalid_cursor']);
      }
    }
  });

  it('has no formula in CSV, not even where a spreadsheet parts cells at semicolons', async () => {
    const { body } = await usage({ user: '*', format: 'csv', groupBy: 'route' }, ALL);
    expect(body).toContain("bob;'=1+1,");
    expect((await usage({ user: '*', format: 'csv', groupBy: 'tenant' }, ALL)).body).toContain("a;'=2");
  });
});

describe('GET /usage/tokens/{jti}', () => {
  async function lineage(query: Query) {
    const reader = lineageReader(ledger.access);
    const seen: string[] = [];
    const spied: typeof reader = {
      ...reader,
      async *callsOf(...asked) {
        for await (const call of reader.callsOf(...asked)) {
          seen.push(call.requestId);
          yield call;
        }
      },
    };
    const ports = { lineage: spied, revocations: revocationReader(ledger.access), log };
    const serve = lineageHandler({ ...ports, clock: ledger.clock, retention: RETENTION });
    const request = aliceRequest('GET /usage/tokens/{jti}', { query, pathParameters: { jti } });
    const { statusCode, body = '' } = await serve(request, { ...alice, scopes: OWN }, unmetered);
    return { status: statusCode, body, seen };
  }

  it('refuses a cursor that was made up to go on behind a call that no key can hold', async () => {
    const sub = 's'.repeat(800);
    const cursor = formatCursor(['token', jti, sub], [NOW, 'r'.repeat(300), 0, 0, 0, 0]);
    const { status, body } = await lineage({ sub, cursor });
    expect([status, codeOf(body)]).toEqual([400, 'invalid_cursor']);
  });

  it('takes as long for what somebody else’s token did as for nothing: it ends at the first call', async () => {
    const { status, seen } = await lineage({ sub: 'carol' });
    expect([status, seen.length]).toEqual([404, 1]);
    expect((await lineage({})).seen).toHaveLength(3);
  });
});
