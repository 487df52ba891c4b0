import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { clientItem } from '../../lambdas/store/items.ts';
import { type Asked, operatorOver } from '../support/clients.ts';
import { NOW, testClock } from '../support/clock.ts';
import { OPERATOR } from '../support/operator.ts';
import { tableOf } from '../support/preempted.ts';
import { recordedLog } from '../support/recorded-log.ts';
import type { WireTable } from '../support/wire-table.ts';

const ROUTE = 'PATCH /admin/clients/{clientId}';
const lines: unknown[][] = [];

let table: WireTable;
let ask: ReturnType<typeof operatorOver>;
beforeAll(async () => {
  table = await tableOf([]);
  ask = operatorOver(
    { directory: access(), ledger: access() },
    { clock: testClock(), log: recordedLog(lines) },
  );
});
beforeEach(() => {
  lines.length = 0;
});
const access = () => ({ client: table.client, table: table.name });

let clients = 0;
const BODY = { client_name: 'CI', scope: 'read:products', tenant: 'acme', token_lifetime: 300 };
async function aClient(body: Record<string, unknown> = {}) {
  const id = `client-${clients++}`;
  const { headers } = await ask('POST /admin/clients', { body: { client_id: id, ...BODY, ...body } });
  table.takeOperations();
  lines.length = 0;
  return { id, etag: headers.etag ?? '' };
}
const patch = (id: string, body: unknown, etag = '*', asked: Asked = {}) =>
  ask(`PATCH /admin/clients/${id}`, { body, headers: { 'if-match': etag }, ...asked });
const itemOf = async (id: string) =>
  (await table.items()).find(({ pk, sk }) => pk === `CLIENT#${id}` && sk === 'CLIENT');
const trailOf = async (id: string) =>
  (await table.items())
    .filter(({ target }) => (target as { client?: string } | undefined)?.client === id)
    .map(({ action, details, status, code, operator }) => ({ action, details, status, code, operator }))
    .filter(({ action }) => action !== 'client.create')
    .sort((one, other) => String(one.action).localeCompare(String(other.action)));

describe(ROUTE, () => {
  describe('200', () => {
    it('changes what the patch names, leaves the rest, and tells the next entity tag', async () => {
      const { id, etag } = await aClient();
      const before = await itemOf(id);
      const answer = await patch(id, { client_name: 'CI 2', roles: ['support'] }, etag);
      expect(answer).toMatchObject({
        status: 200,
        headers: { etag: expect.stringMatching(/^"[0-9a-f-]{36}"$/), 'cache-control': 'no-store' },
        body: {
          client_id: id,
          client_name: 'CI 2',
          scope: 'read:products',
          roles: ['support'],
          tenant: 'acme',
        },
      });
      expect(answer.headers.etag).not.toBe(etag);
      const { revision: _, ...after } = (await itemOf(id)) ?? {};
      const { revision: __, ...same } = before ?? {};
      expect(after).toEqual({ ...same, name: 'CI 2', roles: ['support'] });
      expect(await ask(`GET /admin/clients/${id}`)).toMatchObject({ headers: { etag: answer.headers.etag } });
    });

    it('removes what is null: RFC 7396', async () => {
      const { id } = await aClient({
        roles: ['support'],
        allowed_claims: ['userID'],
        grant_types: ['client_credentials', 'refresh_token'],
        refresh_token_lifetime: 3600,
        refresh_token_idle_lifetime: 60,
      });
      const gone = { scope: null, roles: null, tenant: null, allowed_claims: null, token_lifetime: null };
      const sessions = { grant_types: null, refresh_token_lifetime: null, refresh_token_idle_lifetime: null };
      const { status, body } = await patch(id, { ...gone, ...sessions });
      expect(status).toBe(200);
      expect(body).toEqual({
        ...{ client_id: id, client_name: 'CI', kind: 'service', state: 'active' },
        ...{ scope: '', roles: [], allowed_claims: [], grant_types: ['client_credentials'] },
        created_at: '2026-11-22T12:00:00.000Z',
      });
      for (const name of ['tenant', 'tokenLifetime', 'grantTypes', 'refreshLifetime', 'refreshIdle']) {
        expect(await itemOf(id)).not.toHaveProperty(name);
      }
    });

    it('takes the media type of a merge patch', async () => {
      const { id } = await aClient();
      const headers = { 'if-match': '*', 'content-type': 'application/merge-patch+json' };
      expect(await patch(id, { client_name: 'B' }, '*', { headers })).toMatchObject({ status: 200 });
    });

    it('disables and enables, and says that alone in the trail', async () => {
      const { id } = await aClient();
      expect(await patch(id, { state: 'disabled' })).toMatchObject({
        status: 200,
        body: { state: 'disabled' },
      });
      expect(await patch(id, { state: 'active' })).toMatchObject({ status: 200, body: { state: 'active' } });
      expect(await trailOf(id)).toMatchObject([
        { action: 'client.disable', details: { state: { from: 'active', to: 'disabled' } }, status: 200 },
        { action: 'client.enable', details: { state: { from: 'disabled', to: 'active' } }, status: 200 },
      ]);
    });

    it('disables a client whose scopes are none any more, without asking for roles', async () => {
      const client: Client = {
        ...{ clientId: 'stale', name: 'Stale', kind: 'service', state: 'active', createdAt: NOW },
        ...{ scopes: ['read:abolished'], roles: ['abolished'], allowedClaims: [] },
      };
      await table.client.send(new PutCommand({ TableName: table.name, Item: clientItem(client) }));
      expect(await patch('stale', { client_name: 'B' })).toMatchObject({
        status: 400,
        body: { code: 'unknown_scope' },
      });
      const roles = () => Promise.reject(new StoreUnavailable('not today'));
      const without = operatorOver({ directory: access(), ledger: access() }, { clock: testClock(), roles });
      const asked = { body: { state: 'disabled' }, headers: { 'if-match': '"0"' } };
      expect(await without('PATCH /admin/clients/stale', asked)).toMatchObject({ status: 200 });
      expect(await itemOf('stale')).toMatchObject({ state: 'disabled', scopes: ['read:abolished'] });
      // It had no marker either: it is in lists from now on.
      expect((await table.items()).find(({ pk, sk }) => pk === 'CLIENTS' && sk === 'stale')).toBeDefined();
    });

    it('writes nothing where nothing is another than before, not even into the trail', async () => {
      const { id, etag } = await aClient();
      const same = { client_id: id, kind: 'service', ...BODY, state: 'active', roles: [] };
      expect(await patch(id, same)).toMatchObject({ status: 200, headers: { etag } });
      expect(table.takeOperations()).toEqual(['GetItem']);
      expect(await trailOf(id)).toEqual([]);
    });

    it('costs one read and one write, and two of the trail', async () => {
      const { id } = await aClient();
      await patch(id, { client_name: 'B' });
      expect(table.takeOperations()).toEqual(['GetItem', 'PutItem', 'UpdateItem', 'UpdateItem']);
    });

    it('logs who changed what, and the trail knows from what to what', async () => {
      const { id } = await aClient();
      await patch(id, { client_name: 'B', tenant: null });
      expect(lines).toEqual([
        [
          'info',
          'client changed',
          expect.objectContaining({ operator: OPERATOR, clientId: id, status: 200 }),
        ],
      ]);
      expect(await trailOf(id)).toMatchObject([
        {
          action: 'client.update',
          operator: OPERATOR,
          details: { client_name: { from: 'CI', to: 'B' }, tenant: { from: 'acme', to: null } },
        },
      ]);
    });
  });

  describe('400', () => {
    it.each<[code: string, body: unknown]>([
      ['invalid_body', 'not JSON'],
      ['invalid_body', '[]'],
      ['invalid_body', ''],
      ['invalid_body', '{"state":"active","state":"disabled"}'],
      ['invalid_body', { created_at: '2020-01-01T00:00:00Z' }],
      ['invalid_body', { jwks: { keys: [] } }],
      ['invalid_client_name', { client_name: null }],
      ['invalid_client_name', { client_name: 'a\u202eb' }],
      ['invalid_client_name', { client_name: 'x'.repeat(10_000) }],
      ['invalid_scope', { scope: ['read:products'] }],
      ['invalid_scope', { scope: 'read:products  write:products' }],
      ['unknown_scope', { scope: 'read:everything' }],
      ['unknown_role', { roles: ['root'] }],
      ['invalid_roles', { roles: 'support' }],
      ['invalid_tenant', { tenant: '' }],
      ['invalid_allowed_claims', { allowed_claims: ['sub'] }],
      ['invalid_token_lifetime', { token_lifetime: 59 }],
      ['invalid_grant_types', { grant_types: [] }],
      ['invalid_grant_types', { grant_types: ['refresh_token'] }],
      ['invalid_refresh_token_lifetime', { refresh_token_lifetime: 3600 }],
      ['invalid_state', { state: 'deleted' }],
      ['invalid_state', { state: null }],
      ['immutable_client_id', { client_id: 'another' }],
      ['immutable_client_id', { client_id: null }],
      ['immutable_kind', { kind: 'user' }],
    ])('%s, and nothing is written: %j', async (code, body) => {
      const { id } = await aClient();
      const before = await table.items();
      const answer = await patch(id, body);
      expect(answer).toMatchObject({ status: 400, body: { code, detail: expect.any(String) } });
      expect(await table.items()).toEqual(before);
    });

    it('where the change contradicts what stays: terms of sessions without the grant', async () => {
      const { id } = await aClient({
        grant_types: ['client_credentials', 'refresh_token'],
        refresh_token_lifetime: 3600,
      });
      expect(await patch(id, { grant_types: ['client_credentials'] })).toMatchObject({
        status: 400,
        body: { code: 'invalid_refresh_token_lifetime' },
      });
      const both = { grant_types: ['client_credentials'], refresh_token_lifetime: null };
      expect(await patch(id, both)).toMatchObject({ status: 200 });
    });
  });

  describe('404, 412, 413, 428', () => {
    it('404 for a client that there is not', async () => {
      expect(await patch('nobody', { state: 'disabled' })).toMatchObject({
        status: 404,
        body: { code: 'unknown_client' },
      });
    });

    it.each(['"another"', 'W/"x"', 'x', '""'])('412 where the entity tag is another: %s', async (tag) => {
      const { id } = await aClient();
      expect(await patch(id, { state: 'disabled' }, tag)).toMatchObject({
        status: 412,
        body: { code: 'changed_meanwhile' },
      });
      expect(await trailOf(id)).toEqual([]);
    });

    it('412 for the second of two operators who have read the same', async () => {
      const { id, etag } = await aClient();
      expect(await patch(id, { client_name: 'A' }, etag)).toMatchObject({ status: 200 });
      expect(await patch(id, { client_name: 'B' }, etag)).toMatchObject({ status: 412 });
      expect(await itemOf(id)).toMatchObject({ name: 'A' });
    });

    it('413 for a body over 16 kB', async () => {
      const { id } = await aClient();
      expect(await patch(id, { client_name: 'x'.repeat(17_000) })).toMatchObject({ status: 413 });
    });

    it('428 without an entity tag', async () => {
      const { id } = await aClient();
      expect(await patch(id, { state: 'disabled' }, '*', { headers: {} })).toMatchObject({
        status: 428,
        body: { code: 'precondition_required', detail: expect.stringContaining('If-Match') },
      });
    });
  });

  it('503 where the trail cannot be written, and nothing is changed', async () => {
    const { id } = await aClient();
    const before = await itemOf(id);
    const begin = () => Promise.reject(new StoreUnavailable('no trail'));
    const audit = { begin, end: begin };
    const untold = operatorOver({ directory: access(), ledger: access() }, { clock: testClock(), audit });
    for (const [key, body] of [
      [`PATCH /admin/clients/${id}`, { state: 'disabled' }],
      [`DELETE /admin/clients/${id}`, undefined],
      ['POST /admin/clients', { client_id: 'untold', client_name: 'A' }],
      [`POST /admin/clients/${id}/credentials`, { kind: 'api_key' }],
    ] as const) {
      const asked = { headers: { 'if-match': '*' }, ...(body !== undefined && { body }) };
      expect(await untold(key, asked)).toMatchObject({ status: 503 });
    }
    expect(await itemOf(id)).toEqual(before);
    expect(await itemOf('untold')).toBeUndefined();
  });
});
