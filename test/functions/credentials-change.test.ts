import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatCursor } from '../../lambdas/http/paging.ts';
import { type Asked, operatorOver } from '../support/clients.ts';
import { DAY, HOUR, NOW, testClock } from '../support/clock.ts';
import { tableOf } from '../support/preempted.ts';
import type { WireTable } from '../support/wire-table.ts';

const clock = testClock();
let table: WireTable;
let ask: ReturnType<typeof operatorOver>;
beforeAll(async () => {
  table = await tableOf([]);
  const access = { client: table.client, table: table.name };
  ask = operatorOver({ directory: access, ledger: access }, { clock });
});
beforeEach(() => {
  clock.advance(NOW - clock());
});

let clients = 0;
async function aClient(body: Record<string, unknown> = {}) {
  const id = `client-${clients++}`;
  const created = await ask('POST /admin/clients', { body: { client_id: id, client_name: 'CI', ...body } });
  table.takeOperations();
  return { id, key: String(created.body.api_key).split('_')[2] ?? '', secrets: created.body };
}
const at = (id: string, credential: string) => `/admin/clients/${id}/credentials/${credential}`;
const patch = (path: string, body: unknown, asked: Asked = {}) =>
  ask(`PATCH ${path}`, { body, headers: { 'if-match': '*' }, ...asked });
const itemOf = async (id: string, credential: string) =>
  (await table.items()).find(({ pk, sk }) => pk === `CLIENT#${id}` && sk === `CREDENTIAL#${credential}`);
const isRevoked = async (id: string, credential: string) =>
  (await table.items()).some(({ pk }) => pk === `REVOKED#credential#${id}%2F${credential}`);

describe('GET /admin/clients/{clientId}/credentials', () => {
  it('200 with each, its state and its entity tag, and never a hash', async () => {
    const jwk = { ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid: 'laptop' };
    const { id, key } = await aClient();
    await ask(`POST /admin/clients/${id}/credentials`, { body: { jwk, expires_in: 3600 } });
    await ask(`DELETE ${at(id, key)}`);
    const { status, body } = await ask(`GET /admin/clients/${id}/credentials`);
    expect(status).toBe(200);
    const common = {
      client_id: id,
      created_at: new Date(NOW).toISOString(),
      etag: expect.stringMatching(/^"/),
    };
    expect(body.credentials).toHaveLength(3);
    expect(body.credentials).toEqual(
      expect.arrayContaining([
        { ...common, kind: 'client_secret', state: 'active', credential_id: expect.any(String) },
        {
          ...{ ...common, kind: 'api_key', state: 'revoked', credential_id: key },
          revoked_at: new Date(NOW).toISOString(),
        },
        {
          ...{ ...common, kind: 'public_key', state: 'active', credential_id: 'laptop' },
          ...{ valid_until: new Date(NOW + HOUR).toISOString(), jwk: { ...jwk, alg: 'ES256' } },
        },
      ]),
    );
    expect(JSON.stringify(body)).not.toMatch(/hash|[0-9a-f]{64}/);
  });

  it('200, page by page, in two reads', async () => {
    const { id } = await aClient();
    for (let n = 0; n < 3; n++)
      await ask(`POST /admin/clients/${id}/credentials`, { body: { kind: 'api_key' } });
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      table.takeOperations();
      const query: Record<string, string> = { limit: '2', ...(cursor !== '' && { cursor }) };
      const { body } = await ask(`GET /admin/clients/${id}/credentials`, { query });
      expect(table.takeOperations()).toEqual(['GetItem', 'Query']);
      expect(body.credentials.length).toBeLessThanOrEqual(2);
      seen.push(...body.credentials.map((each: { credential_id: string }) => each.credential_id));
      cursor = body.next;
    }
    expect(new Set(seen)).toHaveProperty('size', 5);
    expect(seen).toEqual([...seen].sort());
  });

  it.each(['\ud800', '', '#', 'a'.repeat(65), 1, null])(
    '400 for a cursor that was made up: %j',
    async (at) => {
      const { id } = await aClient();
      const query = { cursor: formatCursor(['credentials', id], at) };
      expect(await ask(`GET /admin/clients/${id}/credentials`, { query })).toMatchObject({
        status: 400,
        body: { code: 'invalid_cursor' },
      });
    },
  );

  it('400 for a cursor of another client, 404 for one that there is not', async () => {
    const { id } = await aClient();
    const other = await aClient();
    const { body } = await ask(`GET /admin/clients/${id}/credentials`, { query: { limit: '1' } });
    const path = `GET /admin/clients/${other.id}/credentials`;
    expect(await ask(path, { query: { cursor: body.next } })).toMatchObject({
      body: { code: 'invalid_cursor' },
    });
    expect(await ask('GET /admin/clients/nobody/credentials')).toMatchObject({
      status: 404,
      body: { code: 'unknown_client' },
    });
  });
});

describe('PATCH /admin/clients/{clientId}/credentials/{credentialId}', () => {
  it('200: disables and enables, and revokes no token', async () => {
    const { id, key } = await aClient();
    const disabled = await patch(at(id, key), { state: 'disabled' });
    expect(disabled).toMatchObject({
      status: 200,
      headers: { etag: expect.stringMatching(/^"/) },
      body: { credential_id: key, state: 'disabled' },
    });
    expect(JSON.stringify(disabled)).not.toContain('hash');
    const headers = { 'if-match': disabled.headers.etag ?? '' };
    expect(await patch(at(id, key), { state: 'active' }, { headers })).toMatchObject({ status: 200 });
    expect(await itemOf(id, key)).toMatchObject({ state: 'active', hash: expect.any(String) });
    expect(await isRevoked(id, key)).toBe(false);
  });

  it('200: gives it an end, later than before or none at all', async () => {
    const { id, key } = await aClient();
    const until = (time: number) => ({ valid_until: new Date(time).toISOString() });
    expect(await patch(at(id, key), until(NOW + HOUR))).toMatchObject({
      status: 200,
      body: until(NOW + HOUR),
    });
    expect(await itemOf(id, key)).toMatchObject({
      validUntil: NOW + HOUR,
      expiresAt: (NOW + HOUR + 90 * DAY) / 1000,
    });
    expect(await patch(at(id, key), until(NOW + DAY))).toMatchObject({ status: 200, body: until(NOW + DAY) });
    const { body } = await patch(at(id, key), { valid_until: null });
    expect(body).not.toHaveProperty('valid_until');
    expect(await itemOf(id, key)).not.toHaveProperty('expiresAt');
  });

  it('200 in one write, two reads and two writes of the trail; nothing where nothing is another', async () => {
    const { id, key } = await aClient();
    await patch(at(id, key), { state: 'disabled' });
    expect(table.takeOperations()).toEqual(['GetItem', 'GetItem', 'PutItem', 'UpdateItem', 'UpdateItem']);
    await patch(at(id, key), { state: 'disabled' });
    expect(table.takeOperations()).toEqual(['GetItem', 'GetItem']);
  });

  it.each<[code: string, body: unknown]>([
    ['invalid_body', ''],
    ['invalid_body', { kind: 'password' }],
    ['invalid_body', { hash: 'x' }],
    ['invalid_state', { state: 'revoked' }],
    ['invalid_state', { state: null }],
    ['invalid_valid_until', { valid_until: '2026-11-22T11:59:59Z' }],
    ['invalid_valid_until', { valid_until: '2026-11-22T12:00:00Z' }],
    ['invalid_valid_until', { valid_until: '2027-02-30T12:00:00Z' }],
    ['invalid_valid_until', { valid_until: '2027-01-01' }],
    ['invalid_valid_until', { valid_until: '2027-01-01T00:00:00+01:00' }],
    ['invalid_valid_until', { valid_until: '2037-01-01T00:00:00Z' }],
    ['invalid_valid_until', { valid_until: 1_800_000_000 }],
  ])('400 %s, and nothing is written: %j', async (code, body) => {
    const { id, key } = await aClient();
    const before = await table.items();
    expect(await patch(at(id, key), body)).toMatchObject({ status: 400, body: { code } });
    expect(await table.items()).toEqual(before);
  });

  it('404, 412, 428 as for a client', async () => {
    const { id, key } = await aClient();
    const to = { state: 'disabled' };
    expect(await patch(at('nobody', key), to)).toMatchObject({
      status: 404,
      body: { code: 'unknown_client' },
    });
    for (const other of ['unknown0', 'a%23b', 'x'.repeat(65)]) {
      expect(await patch(at(id, other), to)).toMatchObject({
        status: 404,
        body: { code: 'unknown_credential' },
      });
    }
    expect(await patch(at(id, key), to, { headers: { 'if-match': '"x"' } })).toMatchObject({ status: 412 });
    expect(await patch(at(id, key), to, { headers: {} })).toMatchObject({ status: 428 });
  });
});

describe('DELETE /admin/clients/{clientId}/credentials/{credentialId}', () => {
  it('204: it is over for good, its tokens are revoked, and it stays listed until it is forgotten', async () => {
    const { id, key } = await aClient();
    clock.advance(HOUR);
    expect(await ask(`DELETE ${at(id, key)}`)).toMatchObject({ status: 204, body: null });
    expect(await itemOf(id, key)).toMatchObject({
      ...{ state: 'revoked', revokedAt: clock(), hash: expect.any(String) },
      expiresAt: (clock() + 90 * DAY) / 1000,
    });
    expect((await table.items()).find(({ pk }) => pk === `REVOKED#credential#${id}%2F${key}`)).toMatchObject({
      ...{ issuedBefore: clock() / 1000, reason: 'operator' },
    });
    for (const body of [{ state: 'active' }, { valid_until: null }]) {
      expect(await patch(at(id, key), body)).toMatchObject({
        status: 409,
        body: { code: 'credential_revoked' },
      });
    }
  });

  it('204 again, and the time of the first stays', async () => {
    const { id, key } = await aClient();
    await ask(`DELETE ${at(id, key)}`);
    clock.advance(HOUR);
    expect(await ask(`DELETE ${at(id, key)}`)).toMatchObject({ status: 204 });
    expect(await itemOf(id, key)).toMatchObject({ revokedAt: NOW });
  });

  it('204 in two reads and two writes, and two of the trail', async () => {
    const { id, key } = await aClient();
    await ask(`DELETE ${at(id, key)}`);
    expect(table.takeOperations()).toEqual([
      ...['GetItem', 'GetItem', 'PutItem'],
      ...['UpdateItem', 'UpdateItem', 'UpdateItem'],
    ]);
  });

  it('404 for what there is not, 412 for another entity tag', async () => {
    const { id, key } = await aClient();
    expect(await ask(`DELETE ${at(id, 'unknown0')}`)).toMatchObject({ body: { code: 'unknown_credential' } });
    expect(await ask(`DELETE ${at('nobody', key)}`)).toMatchObject({ body: { code: 'unknown_client' } });
    const headers = { 'if-match': '"another"' };
    expect(await ask(`DELETE ${at(id, key)}`, { headers })).toMatchObject({ status: 412 });
    expect(await itemOf(id, key)).toMatchObject({ state: 'active' });
  });
});
