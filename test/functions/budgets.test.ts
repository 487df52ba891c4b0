import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BudgetRegistry } from '../../lambdas/domain/ledger/budget.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { budgetsHandler } from '../../lambdas/functions/budgets/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { budgetRegistry, spendingWriter } from '../../lambdas/store/budgets.ts';
import { DAY, NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { requestEvent } from '../support/event.ts';
import { recordedLog } from '../support/recorded-log.ts';

const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
const lines: unknown[][] = [];
const log = recordedLog(lines);
let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
beforeEach(() => {
  lines.length = 0;
  table.takeOperations();
});
afterAll(() => table.close());

interface Asked {
  body?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  registry?: BudgetRegistry;
  authorizer?: unknown;
  now?: number;
}

async function call(method: string, asked: Asked = {}) {
  const ledger = { client: table.client, table: table.name };
  const { body, query, registry = budgetRegistry(ledger), now = NOW } = asked;
  const event = requestEvent(`${method} /admin/budgets`, {
    headers: { 'content-type': 'application/json', ...asked.headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(query && { query }),
  });
  const authorizer = 'authorizer' in asked ? asked.authorizer : { iam: { userArn: OPERATOR } };
  const requestContext = { ...event.requestContext, authorizer } as Request['requestContext'];
  const answer = await budgetsHandler({ registry, clock: () => now, log, audit: auditWriter(ledger) })({
    ...event,
    requestContext,
  });
  const { statusCode: status, headers } = answer;
  return { status, headers, body: answer.body === undefined ? undefined : JSON.parse(answer.body) };
}

describe('PUT /admin/budgets', () => {
  it('201 for a new one, 200 for a changed one, in one write each beside the trail’s two; the log says who', async () => {
    const first = { client_id: 'shop', day_micro_dollars: 5_000_000, month_micro_dollars: 0 };
    expect(await call('PUT', { body: first })).toMatchObject({ status: 201, body: first });
    expect(table.takeOperations()).toEqual(['PutItem', 'UpdateItem', 'UpdateItem']);
    const fields = { operator: OPERATOR, requestId: 'request-1', route: 'PUT /admin/budgets' };
    expect(lines).toEqual([['info', 'budget created', { ...fields, budget: 'client shop', status: 201 }]]);
    const second = { client_id: 'shop', month_micro_dollars: 1_000_000_000_000 };
    const changed = await call('PUT', { body: second });
    expect(changed).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(changed.body).toEqual(second);
    const { etag } = changed.headers ?? {};
    expect((await call('GET')).body.budgets).toContainEqual({ ...second, etag });
  });

  it('tells a client from a tenant of the same name', async () => {
    for (const whose of ['client_id', 'tenant']) {
      expect(await call('PUT', { body: { [whose]: 'twin', day_micro_dollars: 1 } })).toMatchObject({
        status: 201,
      });
    }
    expect((await call('DELETE', { query: { tenant: 'twin' } })).status).toBe(204);
    const { budgets } = (await call('GET')).body;
    expect(
      budgets.filter(({ client_id, tenant }: never) => [client_id, tenant].includes('twin' as never)),
    ).toMatchObject([{ client_id: 'twin', day_micro_dollars: 1 }]);
  });

  const a = { client_id: 'a', day_micro_dollars: 1 };
  it.each([
    ['invalid_body', undefined],
    ['invalid_body', '[]'],
    ['invalid_body', '{"client_id":"a","client_id":"b","day_micro_dollars":1}'],
    ['invalid_body', {}],
    ['invalid_body', { client_id: 'a' }],
    ['invalid_body', { day_micro_dollars: 1 }],
    ['invalid_body', { ...a, tenant: 'a' }],
    ['invalid_body', { ...a, week_micro_dollars: 1 }],
    ['invalid_client_id', { ...a, client_id: 'Not an id' }],
    ['invalid_client_id', { ...a, client_id: 7 }],
    ['invalid_tenant', { tenant: '', day_micro_dollars: 1 }],
    ['invalid_tenant', { tenant: 'a#b', day_micro_dollars: 1 }],
    ['invalid_day_micro_dollars', { ...a, day_micro_dollars: -1 }],
    ['invalid_day_micro_dollars', { ...a, day_micro_dollars: 0.5 }],
    ['invalid_day_micro_dollars', { ...a, day_micro_dollars: '1' }],
    ['invalid_day_micro_dollars', { ...a, day_micro_dollars: null }],
    ['invalid_month_micro_dollars', { ...a, month_micro_dollars: 1_000_000_000_001 }],
    ['invalid_month_micro_dollars', '{"client_id":"a","month_micro_dollars":1e400}'],
  ])('400 %s for %j', async (code, body) => {
    const answer = await call('PUT', { body });
    expect(answer).toMatchObject({ status: 400, body: { code, detail: expect.any(String) } });
    expect(table.takeOperations()).toEqual([]);
  });

  it('413 for more than a budget can be', async () => {
    const body = { client_id: 'a', day_micro_dollars: 1, tenant: 'x'.repeat(20_000) };
    expect((await call('PUT', { body })).status).toBe(413);
  });
});

describe('GET /admin/budgets', () => {
  it('goes on page by page: each once, in the order of their names', async () => {
    const names = ['paged-a', 'paged-b', 'paged-c'];
    for (const client_id of names) await call('PUT', { body: { client_id, day_micro_dollars: 1 } });
    const all = (await call('GET')).body.budgets;
    const told: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = { limit: '2', ...(cursor !== undefined && { cursor }) };
      const { status, headers, body } = await call('GET', { query });
      expect([status, body.budgets.length <= 2]).toEqual([200, true]);
      told.push(...body.budgets);
      cursor = body.next;
      const { link } = (headers ?? {}) as { link?: string };
      expect(link).toEqual(cursor === undefined ? undefined : `<?limit=2&cursor=${cursor}>; rel="next"`);
      if (cursor === undefined) break;
    }
    expect(told).toEqual(all);
    const ids = (told as { client_id?: string }[]).map(({ client_id }) => client_id);
    expect(ids.filter((id) => id?.startsWith('paged-'))).toEqual(names);
  });

  it.each([
    [{ limit: '0' }, 'invalid_limit'],
    [{ limit: '1001' }, 'invalid_limit'],
    [{ cursor: 'made-up' }, 'invalid_cursor'],
    [{ client: 'reader' }, 'unknown_parameter'],
  ])('400 for %j: %s', async (query, code) => {
    expect(await call('GET', { query })).toMatchObject({ status: 400, body: { code } });
  });

  it('says what was spent, of what, and as of when; of another day nothing was', async () => {
    const client = { kind: 'client', id: 'spender' } as const;
    const body = { client_id: 'spender', day_micro_dollars: 300, month_micro_dollars: 0 };
    await call('PUT', { body });
    const spending = {
      ...{ at: NOW, recent: 7 },
      day: { date: '2026-11-22', cost: 200 },
      month: { month: '2026-11', cost: 5_000 },
    };
    await spendingWriter({ client: table.client, table: table.name }).put(client, spending, 1);
    const find = async (now: number) =>
      (await call('GET', { now })).body.budgets.find((one: typeof body) => one.client_id === 'spender');
    expect(await find(NOW)).toEqual({
      ...body,
      ...{ day_spent_micro_dollars: 200, day_percent: 66 },
      ...{ month_spent_micro_dollars: 5_000, month_percent: 100 },
      figures_at: '2026-11-22T12:00:00.000Z',
      etag: expect.stringMatching(/^"[\w-]+"$/),
    });
    expect(await find(NOW + DAY)).toMatchObject({
      day_spent_micro_dollars: 0,
      month_spent_micro_dollars: 5_000,
    });
    const changed = await call('PUT', { body: { ...body, day_micro_dollars: 400 } });
    expect(changed.body).toMatchObject({ day_percent: 50, day_spent_micro_dollars: 200 });
    expect(await call('GET')).toMatchObject({ status: 200 });
  });
});

describe('DELETE /admin/budgets', () => {
  it('204, then 404; and the log says who', async () => {
    await call('PUT', { body: { tenant: 'a:b', day_micro_dollars: 1 } });
    lines.length = 0;
    expect(await call('DELETE', { query: { tenant: 'a:b' } })).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(lines[0]).toMatchObject(['info', 'budget removed', { operator: OPERATOR, budget: 'tenant a:b' }]);
    const again = await call('DELETE', { query: { tenant: 'a:b' } });
    expect(again).toMatchObject({ status: 404, body: { code: 'unknown_budget' } });
  });

  it.each([
    ['invalid_body', {}],
    ['invalid_body', { client_id: 'a', tenant: 'b' }],
    ['invalid_client_id', { client_id: 'A b' }],
    ['invalid_tenant', { tenant: '#' }],
  ])('400 %s for %j', async (code, query) => {
    expect(await call('DELETE', { query })).toMatchObject({ status: 400, body: { code } });
  });
});

const methods = ['GET', 'PUT', 'DELETE'];
const failing = (error: Error): BudgetRegistry => {
  const fails = async () => {
    throw error;
  };
  return { list: fails, set: fails, remove: fails };
};
const any = { body: { client_id: 'a', day_micro_dollars: 1 }, query: { client_id: 'a' } };

describe('any of them', () => {
  it.each(methods)('%s: 403 without an operator', async (method) => {
    expect(await call(method, { ...any, authorizer: {} })).toMatchObject({ status: 403 });
    expect(table.takeOperations()).toEqual([]);
  });

  it.each(methods)('%s: 503 with Retry-After where the ledger does not answer', async (method) => {
    const answer = await call(method, { ...any, registry: failing(new StoreUnavailable('down')) });
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
      body: { code: 'ledger_unavailable' },
    });
  });

  it.each(methods)('%s: 500 for what nobody expected', async (method) => {
    const answer = await call(method, { ...any, registry: failing(new Error('corrupt item')) });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
  });

  it('500 for a method that the function was not made for', async () => {
    expect(await call('PATCH', any)).toMatchObject({ status: 500 });
  });
});
