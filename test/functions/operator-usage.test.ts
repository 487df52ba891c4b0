/** `GET /admin/usage`: the report of `GET /usage`, for operators. */
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { hourOf } from '../../lambdas/domain/usage.ts';
import { operatorsUsageHandler, usageHandler } from '../../lambdas/functions/usage/handler.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import { HOUR, NOW, testClock } from '../support/clock.ts';
import { RETENTION, usageRecord } from '../support/ledger.ts';
import { ledgerInMemory } from '../support/ledger-in-memory.ts';
import { operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

type Query = Record<string, string>;

const records = ['alice', 'bob', 'carol'].flatMap((sub, user) =>
  [1, 2, 3].map((hours) =>
    usageRecord({
      ...{ at: NOW - hours * HOUR, requestId: `${sub}-${hours}`, sub, clientId: user === 0 ? 'web' : 'shop' },
      ...{ route: `GET /${hours}`, price: hours, ...(sub === 'carol' && { tenant: 'acme' }) },
    }),
  ),
);
const lines: unknown[][] = [];
const ports = () => ({
  ...ledgerInMemory(records, hourOf(NOW - 2 * HOUR)),
  ...{ clock: testClock(), log: recordedLog(lines), retention: RETENTION },
});

async function ask(query: Query, given: { authorizer?: unknown; ports?: ReturnType<typeof ports> } = {}) {
  const event = operatorEvent('GET /admin/usage', { query }, given);
  const {
    statusCode: status,
    headers,
    body = '',
  } = await operatorsUsageHandler(given.ports ?? ports())(event);
  return { status, headers, body };
}

/** The same as whoever may see everything is told. */
async function asAuditor(query: Query) {
  const caller = { ...alice, sub: 'auditor', scopes: ['read:usage:all'] };
  const answer = await usageHandler(ports())(aliceRequest('GET /usage', { query }), caller, unmetered);
  const { statusCode: status, headers, body = '' } = answer;
  return { status, headers, body };
}

describe('200', () => {
  it('is of everyone, where it is not said whose calls', async () => {
    const { status, body } = await ask({});
    expect(status).toBe(200);
    const { rows, total } = JSON.parse(body);
    expect(new Set(rows.map(({ user }: { user: string }) => user))).toEqual(
      new Set(['alice', 'bob', 'carol']),
    );
    expect(total).toMatchObject({ calls: 9, cost_micro_dollars: 18 });
  });

  const whose: Query[] = [{ user: '*' }, { user: 'bob' }, { client: 'shop' }, { tenant: 'acme' }];
  const forms: Query[] = [
    { groupBy: 'route' },
    { groupBy: 'hour', format: 'csv' },
    { groupBy: 'token', limit: '1' },
    { from: '2026-11-22', to: '2026-11-22', limit: '2' },
  ];
  it.each(whose.flatMap((of) => forms.map((form) => ({ ...of, ...form }))))(
    'is to the letter what a token that may see all is told: %o',
    async (query) => {
      const answer = await ask(query);
      expect(answer.status).toBe(200);
      expect(answer).toEqual(await asAuditor(query));
    },
  );

  it('has pages, each row on one of them', async () => {
    const rows: unknown[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const { body, headers } = await ask({ limit: '2', ...(cursor !== undefined && { cursor }) });
      const page = JSON.parse(body);
      rows.push(...page.rows);
      cursor = page.next;
      const next = cursor && `<?${new URLSearchParams({ limit: '2', cursor })}>; rel="next"`;
      expect(headers?.link).toBe(next);
    }
    expect(rows).toEqual(JSON.parse((await ask({})).body).rows);
    expect(rows).toHaveLength(9);
  });
});

describe('400', () => {
  it.each<[Query, string]>([
    [{ user: '*', client: 'shop' }, 'invalid_whose'],
    [{ groupBy: 'week' }, 'invalid_group_by'],
    [{ from: '2026-11-23' }, 'range_reversed'],
    [{ cursor: 'e30' }, 'invalid_cursor'],
    [{ sub: 'bob' }, 'unknown_parameter'],
  ])('%o: %s', async (query, code) => {
    const { status, body } = await ask(query);
    expect([status, JSON.parse(body).code]).toEqual([400, code]);
  });

  it('invalid_cursor for a cursor of somebody’s own calls', async () => {
    const { next } = JSON.parse((await ask({ user: 'bob', limit: '1' })).body);
    expect((await ask({ user: 'bob', cursor: next })).status).toBe(200);
    expect((await ask({ cursor: next })).status).toBe(400);
  });
});

describe('what is refused and what fails', () => {
  it('403 for a token, whatever its scopes, where a gateway would let one through', async () => {
    const jwt = { claims: { sub: 'alice', scope: 'read:usage:all' }, scopes: ['read:usage:all'] };
    expect((await ask({}, { authorizer: { jwt } })).status).toBe(403);
  });

  it('503 with Retry-After where the ledger cannot be read', async () => {
    const state = () => Promise.reject(new StoreUnavailable('down'));
    const down = ports();
    const answer = await ask({}, { ports: { ...down, rollups: { ...down.rollups, state } } });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'ledger_unavailable' });
  });
});
