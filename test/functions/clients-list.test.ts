import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { clientItem, clientKey, markerItem } from '../../lambdas/store/items.ts';
import { operatorOver } from '../support/clients.ts';
import { NOW, testClock } from '../support/clock.ts';
import { tableOf } from '../support/preempted.ts';
import type { WireTable } from '../support/wire-table.ts';

const ROUTE = 'GET /admin/clients';

let table: WireTable;
let ask: ReturnType<typeof operatorOver>;
beforeAll(async () => {
  table = await tableOf([
    ...Array.from({ length: 7 }, (_, n) => made(`c${n}`, n % 2 === 0 ? { tenant: 'acme' } : {})).flat(),
    ...made('Upper.Case', { state: 'disabled', roles: ['support'] }),
    // A marker whose client is being created, and a client of before there were markers.
    markerItem('ghost', 'creation'),
    made('unmarked')[0] ?? {},
  ]);
  const access = { client: table.client, table: table.name };
  ask = operatorOver({ directory: access, ledger: access }, { clock: testClock() });
});

function made(clientId: string, changes: Partial<Client> = {}): Record<string, unknown>[] {
  const facts = { name: clientId, kind: 'service', state: 'active', createdAt: NOW } as const;
  const client: Client = { clientId, ...facts, scopes: [], roles: [], allowedClaims: [], ...changes };
  return [{ ...clientItem(client), revision: `r-${clientId}` }, markerItem(clientId, 'creation')];
}

async function list(query: Record<string, string> = {}) {
  const answer = await ask(ROUTE, { query });
  return { ...answer, ids: answer.body.clients?.map(({ client_id: id }: { client_id: string }) => id) };
}

describe(ROUTE, () => {
  describe('200', () => {
    it('lists clients by their ids, each with its entity tag, and passes over a marker without its client', async () => {
      const { status, ids, body, headers } = await list();
      expect(status).toBe(200);
      expect(ids).toEqual(['Upper.Case', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
      expect(body).not.toHaveProperty('next');
      expect(headers).not.toHaveProperty('link');
      expect(body.clients[1]).toEqual({
        ...{ client_id: 'c0', client_name: 'c0', kind: 'service', state: 'active' },
        ...{ scope: '', roles: [], tenant: 'acme', allowed_claims: [], grant_types: ['client_credentials'] },
        ...{ created_at: '2026-11-22T12:00:00.000Z', etag: '"r-c0"' },
      });
    });

    it('goes on from page to page', async () => {
      const seen: string[] = [];
      let query: Record<string, string> | undefined = { limit: '3' };
      for (let page = 0; query !== undefined; page++) {
        const { ids, body, headers } = await list(query);
        expect(ids.length).toBeLessThanOrEqual(3);
        seen.push(...ids);
        if (body.next !== undefined) expect(headers.link).toBe(`<?limit=3&cursor=${body.next}>; rel="next"`);
        query = body.next === undefined ? undefined : { limit: '3', cursor: body.next };
        expect(page).toBeLessThan(4);
      }
      expect(seen).toEqual(['Upper.Case', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
    });

    it.each([
      [{ tenant: 'acme' }, ['c0', 'c2', 'c4', 'c6']],
      [{ tenant: 'nobody' }, []],
      [{ state: 'disabled' }, ['Upper.Case']],
      [{ role: 'support' }, ['Upper.Case']],
      [{ role: 'support', state: 'active' }, []],
    ])('leaves out of a page what is not asked for: %j', async (filter, ids) => {
      expect(await list(filter)).toMatchObject({ status: 200, ids });
    });

    it('has a page that is empty, and goes on', async () => {
      const first = await list({ role: 'nobody', limit: '2' });
      expect(first).toMatchObject({ status: 200, ids: [], body: { next: expect.any(String) } });
    });

    it('costs one query and one read, and none where there is no client', async () => {
      table.takeOperations();
      await list();
      expect(table.takeOperations()).toEqual(['Query', 'BatchGetItem']);
      const empty = await tableOf([]);
      const access = { client: empty.client, table: empty.name };
      const over = operatorOver({ directory: access, ledger: access }, { clock: testClock() });
      expect(await over(ROUTE)).toMatchObject({ status: 200, body: { clients: [] } });
      expect(empty.takeOperations()).toEqual(['Query']);
    });
  });

  describe('400', () => {
    it.each([
      ['unknown_parameter', { name: 'c0' }],
      ['invalid_limit', { limit: '101' }],
      ['invalid_limit', { limit: '0' }],
      ['invalid_cursor', { cursor: 'made up' }],
      ['invalid_tenant', { tenant: 'a b' }],
      ['invalid_state', { state: 'asleep' }],
      ['invalid_role', { role: '' }],
    ])('%s: %j', async (code, query) => {
      expect(await list(query as Record<string, string>)).toMatchObject({ status: 400, body: { code } });
    });

    it('invalid_cursor for that of another query', async () => {
      const { body } = await list({ limit: '3' });
      const answer = await list({ limit: '3', cursor: body.next, tenant: 'acme' });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    });
  });
});

describe('GET /admin/clients/{clientId}', () => {
  it('200 with its entity tag, and for one of before entity tags too', async () => {
    const answer = await ask('GET /admin/clients/Upper.Case');
    expect(answer).toMatchObject({
      status: 200,
      headers: { etag: '"r-Upper.Case"', 'cache-control': 'no-store' },
      body: { client_id: 'Upper.Case', state: 'disabled' },
    });
    expect(answer.body).not.toHaveProperty('etag');
    const [item] = made('older');
    const { revision: _, ...older } = item ?? {};
    await table.client.send(new PutCommand({ TableName: table.name, Item: older }));
    expect(await ask('GET /admin/clients/older')).toMatchObject({ status: 200, headers: { etag: '"0"' } });
    await table.client.send(new DeleteCommand({ TableName: table.name, Key: clientKey('older') }));
  });

  it.each(['nobody', 'a%23b', '..%2Fx', 'x'.repeat(500), 'tg_x'])('404 unknown_client: %s', async (id) => {
    expect(await ask(`GET /admin/clients/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'unknown_client' },
    });
  });
});
