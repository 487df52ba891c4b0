/** What `If-Match` and `If-None-Match` do to trusted issuers and budgets (RFC 9110 §13.1), whoever writes meanwhile. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budgetsHandler } from '../../lambdas/functions/budgets/handler.ts';
import { issuersHandler } from '../../lambdas/functions/issuers/handler.ts';
import type { Handler } from '../../lambdas/http/event.ts';
import { roles } from '../../lambdas/routes.ts';
import { auditReader, auditWriter } from '../../lambdas/store/audit.ts';
import { budgetRegistry, spendingWriter } from '../../lambdas/store/budgets.ts';
import { budgetKey, clientItem, issuerKey } from '../../lambdas/store/items.ts';
import { trustRegistry } from '../../lambdas/store/trusted-issuers.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

const log = recordedLog([]);
let table: TestTable;
let requests = 0;
beforeAll(async () => {
  table = await createTestTable();
  const client = {
    ...({ clientId: 'ci', name: 'CI', kind: 'service', state: 'active', scopes: [] } as const),
    ...{ roles: [], allowedClaims: [], createdAt: NOW },
  };
  await table.client.send(new PutCommand({ TableName: table.name, Item: clientItem(client) }));
});
afterAll(() => table.close());

const access = () => ({ client: table.client, table: table.name });

/** Something that operators put, list and delete. */
interface Thing {
  path: string;
  handler(): Handler;
  body: (id: string, more: boolean) => Record<string, unknown>;
  query: (id: string) => Record<string, string>;
  key: (id: string) => Record<string, string>;
  unknown: string;
}

const mapping = { match: { sub: 'a' }, client_id: 'ci', subject: 'x:{sub}' };
const things: Record<string, Thing> = {
  'a budget': {
    path: '/admin/budgets',
    handler: () =>
      budgetsHandler({
        ...{ registry: budgetRegistry(access()), clock: () => NOW, log, audit: auditWriter(access()) },
      }),
    body: (id, more) => ({ client_id: id, day_micro_dollars: more ? 2 : 1 }),
    query: (id) => ({ client_id: id }),
    key: (id) => budgetKey({ kind: 'client', id }),
    unknown: 'unknown_budget',
  },
  'a trusted issuer': {
    path: '/admin/issuers',
    handler: () =>
      issuersHandler(
        {
          ...{ registry: trustRegistry(access()), log, audit: auditWriter(access()) },
          roles: async () => roles,
        },
        'https://api.example.com',
      ),
    body: (id, more) => ({
      ...{ issuer: `https://${id}.example`, single_use: !more, mappings: [mapping] },
    }),
    query: (id) => ({ issuer: `https://${id}.example` }),
    key: (id) => issuerKey(`https://${id}.example`),
    unknown: 'unknown_issuer',
  },
};

describe.each(Object.entries(things))('%s', (_, thing) => {
  let made = 0;
  const another = () => `thing-${++made}`;

  async function call(method: string, given: Parameters<typeof operatorEvent>[1] = {}) {
    const headers = { 'content-type': 'application/json', ...given.headers };
    requests += 1;
    const event = operatorEvent(`${method} ${thing.path}`, {
      ...{ ...given, headers, requestId: `request-${requests}` },
    });
    const { statusCode: status, headers: answered, body } = await thing.handler()(event);
    return { status, etag: String(answered?.etag), body: body === undefined ? undefined : JSON.parse(body) };
  }
  const put = (id: string, headers: Record<string, string> = {}, more = false) =>
    call('PUT', { headers, body: JSON.stringify(thing.body(id, more)) });
  const remove = (id: string, headers: Record<string, string> = {}) =>
    call('DELETE', { headers, query: thing.query(id) });
  const refused = { status: 412, body: { code: 'changed_meanwhile' } };
  const shown = async (id: string): Promise<{ etag: string }> => {
    const [listed = []] = Object.values((await call('GET')).body) as [Record<string, string>[]];
    const [[name = '', value] = []] = Object.entries(thing.query(id));
    return listed.find((one) => one[name] === value) as never;
  };

  it('has another entity tag after each change, in the answer and in the list', async () => {
    const id = another();
    const [first, second] = [await put(id), await put(id)];
    expect(first.etag).toMatch(/^"[\w-]{36}"$/);
    expect(second.etag).not.toBe(first.etag);
    expect((await shown(id)).etag).toBe(second.etag);
  });

  it('is changed by whoever has seen what is there, in the one write', async () => {
    const id = another();
    const { etag } = await put(id);
    table.takeOperations();
    const changed = await put(id, { 'if-match': `"another", ${etag}` });
    expect(changed.status).toBe(200);
    expect(table.takeOperations().filter((one) => one !== 'GetItem')).toHaveLength(3);
    expect(await put(id, { 'if-match': etag })).toMatchObject(refused);
    expect((await put(id, { 'if-match': '*' })).status).toBe(200);
  });

  it('is changed by one of two who have seen the same', async () => {
    const id = another();
    const { etag } = await put(id);
    const both = await Promise.all([true, false].map((more) => put(id, { 'if-match': etag }, more)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const winner = both.find(({ status }) => status === 200);
    expect((await shown(id)).etag).toBe(winner?.etag);
  });

  it('is created by one of two who want to create it', async () => {
    const id = another();
    const both = await Promise.all([true, false].map((more) => put(id, { 'if-none-match': '*' }, more)));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 412]);
    expect(await put(id, { 'if-none-match': '*' })).toMatchObject(refused);
  });

  it('is not created by whoever has seen it: it has been deleted since', async () => {
    const id = another();
    const { etag } = await put(id);
    await remove(id);
    for (const tag of [etag, '*', '"0"']) expect(await put(id, { 'if-match': tag })).toMatchObject(refused);
    expect(await shown(id)).toBeUndefined();
  });

  it('is deleted by whoever has seen what is there; 404 where there is nothing, whatever was seen', async () => {
    const id = another();
    const before = await put(id);
    const { etag } = await put(id);
    expect(await remove(id, { 'if-match': before.etag })).toMatchObject(refused);
    expect((await shown(id)).etag).toBe(etag);
    expect((await remove(id, { 'if-match': etag })).status).toBe(204);
    for (const tag of [etag, '*', '"0"']) {
      const again = await remove(id, { 'if-match': tag });
      expect(again).toMatchObject({ status: 404, body: { code: thing.unknown } });
    }
  });

  it('that was written before there were revisions has one all the same', async () => {
    const id = another();
    await put(id);
    const Key = thing.key(id);
    const forget = { TableName: table.name, Key, UpdateExpression: 'REMOVE revision' };
    await table.client.send(new UpdateCommand(forget));
    expect((await shown(id)).etag).toBe('"0"');
    expect(await put(id, { 'if-match': '"1"' })).toMatchObject(refused);
    expect((await put(id, { 'if-match': '"0"' })).status).toBe(200);
    expect(await put(id, { 'if-match': '"0"' })).toMatchObject(refused);
  });

  it.each([
    ['weak tags', 'W/"a"'],
    ['no tags', 'nonsense'],
    ['nothing', ''],
    ['more tags than DynamoDB takes', Array.from({ length: 300 }, (_, n) => `"${n + 1}"`).join(', ')],
    ['tags that are none of ours', `"${'x'.repeat(5000)}", "é#", ","`],
  ])('412 for %s', async (_, tags) => {
    const id = another();
    await put(id);
    expect(await put(id, { 'if-match': tags })).toMatchObject(refused);
    expect(await remove(id, { 'if-match': tags })).toMatchObject(refused);
  });

  it('that was not changed is in the trail as refused', async () => {
    const id = another();
    await put(id);
    await put(id, { 'if-match': '"another"' });
    const found = [];
    for await (const record of auditReader(access()).recordsOf(NOW, { from: NOW, to: NOW + 1 })) {
      if (record.requestId === `request-${requests}`) found.push(record);
    }
    expect(found).toMatchObject([{ status: 412, code: 'changed_meanwhile' }]);
  });
});

describe('a budget', () => {
  it('is the same revision when the closing writes what was spent', async () => {
    const of = { kind: 'client', id: 'spender' } as const;
    const set = await budgetRegistry(access()).set(of, { day: 5 });
    const figures = { at: NOW, recent: 1 };
    const spending = {
      ...figures,
      day: { date: '2026-11-22', cost: 1 },
      month: { month: '2026-11', cost: 1 },
    };
    const writer = spendingWriter(access());
    expect(await writer.put(of, spending, 1)).toBe('written');
    expect(await writer.noteWarned(of, {}, 1)).toBe('written');
    const [found] = (await budgetRegistry(access()).list()).filter((one) => one.of.id === of.id);
    expect(set).toMatchObject({ budget: { revision: found?.revision } });
    expect(found?.spending).toEqual(spending);
  });
});

describe('a write whose answer got lost', () => {
  it('is no other change when it is tried again', async () => {
    const revision = () => 'the-same-write';
    const of = { kind: 'client', id: 'retried' } as const;
    for (const outcome of ['created', 'changed']) {
      expect(await budgetRegistry(access(), revision).set(of, { day: 1 }, { absent: true })).toMatchObject({
        outcome,
      });
    }
    const issuer = { ...things['a trusted issuer']?.body('retried', false), mappings: [] } as never;
    for (const outcome of ['created', 'changed']) {
      expect(await trustRegistry(access(), revision).put(issuer, { absent: true })).toMatchObject({
        outcome,
      });
    }
  });
});
