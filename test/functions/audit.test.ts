import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditReader, AuditRecord, AuditSpan } from '../../lambdas/domain/audit.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { auditHandler } from '../../lambdas/functions/audit/handler.ts';
import type { ReadLimits } from '../../lambdas/functions/audit/page.ts';
import { auditReader } from '../../lambdas/store/audit.ts';
import { auditItem, auditKey } from '../../lambdas/store/items.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

type Query = Record<string, string>;

const ALICE = 'arn:aws:iam::123456789012:user/alice';
const BOB = 'arn:aws:sts::123456789012:assumed-role/Admin/bob';

const record = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ requestId: 'request-1', at: NOW - MINUTE, index: 0, operator: ALICE, sourceIp: '203.0.113.7' },
  ...{ route: 'PUT /admin/budgets', action: 'budget.set', target: { client: 'ci' } },
  ...changes,
});

const trail: AuditRecord[] = [
  record({ at: NOW, requestId: 'last', details: { day: 5 }, status: 200 }),
  record({ at: NOW - 1, requestId: 'b', action: 'client.delete', status: 409, code: 'client_in_use' }),
  record({ at: NOW - 1, requestId: 'a', index: 1, status: 503, code: 'directory_unavailable' }),
  record({ at: NOW - 1, requestId: 'a', index: 0, operator: BOB }),
  record({ at: NOW - 12 * HOUR, target: { issuer: 'https://idp.example:8443' }, action: 'issuer.set' }),
  record({ at: NOW - 12 * HOUR - 1, action: 'issue.other', target: { tenant: 'client:ci' } }),
  record({ at: NOW - 3 * DAY, operator: BOB, target: { client: 'ci', credential: 'a1b2c3d4' } }),
  record({ at: NOW - 399 * DAY, requestId: 'first' }),
];

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
  const puts = trail.map((one) => ({ PutRequest: { Item: auditItem(one) } }));
  await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: puts } }));
});
afterAll(() => table.close());

const ledger = () => auditReader({ client: table.client, table: table.name });

/** The trail as the store tells it, whose order and ends are tested there. */
const inMemory = (records: readonly AuditRecord[]): AuditReader => ({
  async *recordsOf(day: number, { from, to, before }: AuditSpan) {
    const end = before && auditKey(before).sk;
    const ofDay = (at: number) => Math.floor(at / DAY) === Math.floor(day / DAY);
    for (const one of records) {
      const isBehind = end === undefined || auditKey(one).sk < end;
      if (ofDay(one.at) && one.at >= from && one.at < to && isBehind) yield one;
    }
  },
});

interface Asked {
  reader?: AuditReader;
  now?: number;
  limits?: ReadLimits;
  authorizer?: unknown;
}

async function get(query: Query = {}, asked: Asked = {}) {
  const { reader = ledger(), now = NOW + 1, limits } = asked;
  const event = operatorEvent('GET /admin/audit', { query }, asked);
  const handler = auditHandler({ trail: reader, clock: () => now, log: recordedLog([]) }, limits);
  const answer = await handler(event);
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body ?? '') };
}

/** All records, page by page. */
async function all(query: Query, asked: Asked = {}) {
  const found: { at: string; request_id: string; index: number }[] = [];
  for (let cursor: string | undefined, pages = 1; ; pages += 1) {
    const { status, body } = await get({ ...query, ...(cursor !== undefined && { cursor }) }, asked);
    expect([status, body.code]).toEqual([200, undefined]);
    found.push(...body.records);
    cursor = body.next;
    if (cursor === undefined) return found;
    expect(pages).toBeLessThan(1000);
  }
}

const names = (records: readonly { at: string; request_id: string; index: number }[]) =>
  records.map(({ at, request_id: id, index }) => `${at} ${id} ${index}`);
const namesOf = (records: readonly AuditRecord[]) =>
  records.map(({ at, requestId, index }) => `${new Date(at).toISOString()} ${requestId} ${index}`);

describe('200', () => {
  it('tells who did what to what, from where, and what became of it; the latest first', async () => {
    const { body, headers } = await get({ limit: '2' });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(body).toEqual({
      ...{ from: '2025-10-18T12:00:00.001Z', to: '2026-11-22T12:00:00.001Z', next: expect.any(String) },
      records: [
        {
          ...{ at: '2026-11-22T12:00:00.000Z', request_id: 'last', index: 0 },
          ...{ operator: ALICE, source_ip: '203.0.113.7', route: 'PUT /admin/budgets' },
          ...{ action: 'budget.set', target: { client: 'ci' }, details: { day: 5 } },
          ...{ outcome: 'done', status: 200 },
        },
        {
          ...{ at: '2026-11-22T11:59:59.999Z', request_id: 'b', index: 0 },
          ...{ operator: ALICE, source_ip: '203.0.113.7', route: 'PUT /admin/budgets' },
          ...{ action: 'client.delete', target: { client: 'ci' } },
          ...{ outcome: 'refused', status: 409, code: 'client_in_use' },
        },
      ],
    });
    const next = `<?${new URLSearchParams({ limit: '2', cursor: body.next })}>; rel="next"`;
    expect(headers?.link).toBe(next);
  });

  it('says what became of a change: done, refused, failed, or that nobody knows', async () => {
    const { body } = await get({ limit: '4' });
    expect(body.records.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      ...['done', 'refused', 'failed', 'unknown'],
    ]);
  });

  it('has all that is kept, where no time is said', async () => {
    expect(names(await all({}, { reader: inMemory(trail) }))).toEqual(namesOf(trail));
  });

  it.each<[Query, number[]]>([
    [{ operator: BOB }, [3, 6]],
    [{ operator: 'user/alice' }, [0, 1, 2, 4, 5, 7]],
    [{ operator: 'nobody' }, []],
    [{ action: 'client.delete' }, [1]],
    [{ action: 'client' }, [1]],
    [{ action: 'issue' }, [5]],
    [{ action: 'client.' }, []],
    [{ target: 'a1b2c3d4' }, [6]],
    [{ target: 'credential:a1b2c3d4' }, [6]],
    [{ target: 'https://idp.example:8443' }, [4]],
    [{ target: 'issuer:https://idp.example:8443' }, [4]],
    [{ target: 'client:ci' }, [0, 1, 2, 3, 5, 6, 7]],
    [{ target: 'tenant:client:ci' }, [5]],
    [{ target: 'c' }, []],
    [{ target: 'ci', operator: 'bob', action: 'budget' }, [3, 6]],
    [{ from: '2026-11-22' }, [0, 1, 2, 3, 4]],
    [{ from: '2026-11-21', to: '2026-11-21' }, [5]],
    [{ from: '2026-11-22T11:59:59.999Z', to: '2026-11-22T12:00:00Z' }, [1, 2, 3]],
    [{ from: '2026-11-22T00:00:00Z', to: '2026-11-22T11:59:59.999Z' }, [4]],
    [{ from: '1999-01-01', to: '9999-12-31', target: 'a1b2c3d4' }, [6]],
  ])('%o', async (query, expected) => {
    const found = await all(query, { reader: inMemory(trail) });
    expect(names(found)).toEqual(namesOf(expected.flatMap((at) => trail[at] ?? [])));
  });

  it('does not look where nothing can be: before the trail, after now', async () => {
    table.takeOperations();
    const { body } = await get({ from: '1999-01-01', to: '1999-12-31' });
    expect(body.records).toEqual([]);
    await get({ from: '2026-11-22', to: '9999-12-31' });
    expect(table.takeOperations()).toEqual(['Query']);
  });

  it('ends a page that has read enough, and goes on', async () => {
    const limits = { days: 2, records: 3, bytes: 5_000_000 };
    const asked = { limits, reader: inMemory(trail) };
    const first = await get({ target: 'a1b2c3d4' }, asked);
    expect(first.body).toMatchObject({ records: [], next: expect.any(String) });
    expect(names(await all({ target: 'a1b2c3d4' }, asked))).toEqual(namesOf(trail.slice(6, 7)));
  });
});

describe('pages', () => {
  const edges = [NOW - 12 * HOUR, NOW - 36 * HOUR, NOW - 13 * HOUR].flatMap((edge) => [edge - 1, edge]);
  const anyRecord = fc.record({
    at: fc.oneof(fc.constantFrom(...edges), fc.integer({ min: NOW - 4 * DAY, max: NOW })),
    requestId: fc.constantFrom('a', 'b=', 'ü#', '~'),
    index: fc.constantFrom(0, 1),
    action: fc.constantFrom('client.create', 'budget.set'),
  });
  const sorted = (records: readonly Partial<AuditRecord>[]): AuditRecord[] => {
    const byKey = new Map(records.map(record).map((one) => [auditKey(one).sk, one]));
    return [...byKey].sort(([one], [other]) => (one < other ? 1 : -1)).map(([, one]) => one);
  };
  it('have each record once, in order, wherever they end', async () => {
    const size = fc.integer({ min: 1, max: 7 });
    const limits = fc.record({ days: size, records: size, bytes: fc.constantFrom(1, 900, 5_000_000) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRecord, { maxLength: 30 }),
        ...[size, limits, fc.constantFrom<Query>({}, { action: 'client' }, { from: '2026-11-20' })],
        async (given, limit, bounds, query) => {
          const records = sorted(given);
          const expected = records
            .filter(({ action }) => query.action === undefined || action.startsWith('client'))
            .filter(({ at }) => query.from === undefined || at >= Date.parse(query.from));
          const asked = { reader: inMemory(records), limits: bounds };
          const from = query.action === undefined && query.from === undefined ? { from: '2026-11-17' } : {};
          const found = await all({ ...from, ...query, limit: String(limit) }, asked);
          expect(names(found)).toEqual(namesOf(expected));
        },
      ),
    );
  });

  it('keep the range of the first, so what is changed meanwhile is on none of them', async () => {
    const first = await get({ limit: '1' });
    const reader = inMemory([record({ at: NOW + 5, requestId: 'new' }), ...trail]);
    const second = await get({ limit: '1', cursor: first.body.next }, { reader, now: NOW + HOUR });
    expect([second.body.from, second.body.to]).toEqual([first.body.from, first.body.to]);
    expect(names(second.body.records)).toEqual(namesOf(trail.slice(1, 2)));
  });

  it('are no bigger than a function can answer', async () => {
    const details = { text: 'é'.repeat(100_000) };
    const large = Array.from({ length: 60 }, (_, index) => record({ at: NOW - index, details }));
    const { body } = await get({ limit: '1000' }, { reader: inMemory(large) });
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(6_000_000);
    expect(await all({ from: '2026-11-22', limit: '1000' }, { reader: inMemory(large) })).toHaveLength(60);
  });
});

describe('400', () => {
  it.each<[Query, string]>([
    [{ from: 'yesterday' }, 'invalid_from'],
    [{ to: '2026-13-01' }, 'invalid_to'],
    [{ from: '2026-11-22', to: '2026-11-22T00:00:00Z' }, 'invalid_to'],
    [{ from: '2026-11-22', to: '2026-11-21' }, 'range_reversed'],
    [{ from: '2026-11-23' }, 'range_reversed'],
    [{ limit: '0' }, 'invalid_limit'],
    [{ limit: '1001' }, 'invalid_limit'],
    [{ cursor: '' }, 'invalid_cursor'],
    [{ cursor: 'e30' }, 'invalid_cursor'],
    [{ user: 'alice' }, 'unknown_parameter'],
    [JSON.parse('{"__proto__": "x"}'), 'unknown_parameter'],
  ])('for %o: %s, without a read', async (query, code) => {
    table.takeOperations();
    expect(await get(query)).toMatchObject({ status: 400, body: { status: 400, code } });
    expect(table.takeOperations()).toEqual([]);
  });

  it('invalid_cursor for that of another query, and for whatever else', async () => {
    const { next } = (await get({ limit: '1' })).body;
    expect((await get({ limit: '7', cursor: next })).status).toBe(200);
    for (const query of [{ action: 'client' }, { from: '2026-11-01' }, { target: 'ci' }]) {
      expect(await get({ ...query, cursor: next } as Query)).toMatchObject({
        ...{ status: 400, body: { code: 'invalid_cursor' } },
      });
    }
    const [mark, genuine] = JSON.parse(Buffer.from(next, 'base64url').toString());
    const part = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(...genuine, -1, 8.64e15, 0.5, '\ud800', 'x'.repeat(2000)),
    );
    const forged = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 6 }).map((parts) => JSON.stringify([mark, parts])),
    );
    await fc.assert(
      fc.asyncProperty(forged, async (text) => {
        const cursor = Buffer.from(text).toString('base64url');
        const { status, body } = await get({ cursor }, { limits: { days: 2, records: 9, bytes: 9_999 } });
        expect([200, 400]).toContain(status);
        if (status === 400) expect(body.code).toBe('invalid_cursor');
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is refused and what fails', () => {
  it('403 without an operator', async () => {
    expect(await get({}, { authorizer: {} })).toMatchObject({
      status: 403,
      body: { code: 'not_an_operator' },
    });
  });

  it.each([
    [503, 'ledger_unavailable', new StoreUnavailable('down')],
    [500, 'internal_error', new Error('corrupt item')],
  ])('%i %s', async (status, code, error) => {
    const reader: AuditReader = {
      // biome-ignore lint/correctness/useYield: it fails before it has anything
      async *recordsOf() {
        throw error;
      },
    };
    expect(await get({}, { reader })).toMatchObject({ status, body: { code } });
  });
});
