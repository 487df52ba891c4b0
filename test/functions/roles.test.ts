import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { RevisedRecord } from '../../lambdas/domain/revised.ts';
import type { Roles } from '../../lambdas/domain/roles.ts';
import type { TrustedIssuer } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { rolesHandler } from '../../lambdas/functions/roles/handler.ts';
import { roles as declared } from '../../lambdas/routes.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { clientItem, markerItem, trustedIssuerItem } from '../../lambdas/store/items.ts';
import { roleUsers } from '../../lambdas/store/role-users.ts';
import { roleReader, roleRecord } from '../../lambdas/store/roles.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { OPERATOR, operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

const lines: unknown[][] = [];
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
  headers?: Record<string, string>;
  record?: RevisedRecord<Roles>;
}

let requests = 0;
const access = () => ({ client: table.client, table: table.name });
const own = () => roleRecord(access(), randomUUID);

async function call(method: 'GET' | 'PUT' | 'DELETE', role?: string, asked: Asked = {}) {
  const { body, headers = {}, record = own() } = asked;
  const event = operatorEvent(`${method} /admin/roles${role === undefined ? '' : '/{role}'}`, {
    requestId: `request-${requests++}`,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(role !== undefined && { pathParameters: { role } }),
  });
  const ports = { users: roleUsers(access()), log: recordedLog(lines), audit: auditWriter(access()) };
  const answer = await rolesHandler({ ...ports, record })(event);
  const { statusCode: status, headers: told = {} } = answer;
  return { status, headers: told, body: answer.body === undefined ? undefined : JSON.parse(answer.body) };
}

const trail = async (role: string) =>
  (await table.items())
    .filter(({ target }) => (target as { role?: string } | undefined)?.role === role)
    .sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1))
    .map(({ action, status }) => [action, status]);

const put = (Item: Record<string, unknown>) =>
  table.client.send(new PutCommand({ TableName: table.name, Item }));

/** As many at once as DynamoDB takes. */
const putAll = (items: Record<string, unknown>[]) =>
  Promise.all(
    Array.from({ length: Math.ceil(items.length / 25) }, (_, page) => {
      const puts = items.slice(page * 25, page * 25 + 25).map((Item) => ({ PutRequest: { Item } }));
      return table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: puts } }));
    }),
  );

const aClient = (clientId: string, roles: string[]): Client => ({
  ...{ clientId, name: clientId, kind: 'service', state: 'active', scopes: [], roles },
  ...{ allowedClaims: [], createdAt: NOW },
});

const anIssuer = (issuer: string, roles: string[], byClaim: string[]): TrustedIssuer =>
  ({
    ...{ issuer, state: 'active', keys: { kind: 'discovery' }, algorithms: ['RS256'], audiences: ['a'] },
    singleUse: true,
    mappings: [
      {
        ...{ match: { sub: ['x'] }, clientId: 'ci', subject: 'i:{sub}', scopes: [], roles, claims: {} },
        rolesFrom: { claim: 'groups', values: { admins: byClaim } },
      },
    ],
  }) as unknown as TrustedIssuer;

describe('PUT /admin/roles/{role}', () => {
  const reader = { scopes: ['read:products'], description: 'Reads' };

  it('201 for a new one, 200 for a changed one, in a read and a write beside the trail’s two', async () => {
    const created = await call('PUT', 'night:shift', { body: reader });
    expect(created).toMatchObject({ status: 201, headers: { etag: expect.stringMatching(/^"[\w-]{36}"$/) } });
    expect(created.body).toEqual({ role: 'night:shift', ...reader, declared: false });
    expect(table.takeOperations()).toEqual(['GetItem', 'PutItem', 'PutItem', 'UpdateItem']);
    const fields = {
      operator: OPERATOR,
      requestId: expect.stringMatching(/^request-\d+$/),
      route: 'PUT /admin/roles/{role}',
    };
    expect(lines).toEqual([['info', 'role created', { ...fields, role: 'night:shift', status: 201 }]]);
    const changed = await call('PUT', 'night:shift', { body: { scopes: [] } });
    expect(changed).toMatchObject({
      status: 200,
      body: { role: 'night:shift', scopes: [], declared: false },
    });
    expect(changed.headers.etag).not.toBe(created.headers.etag);
    expect(await trail('night:shift')).toEqual([
      ['role.set', 201],
      ['role.set', 200],
    ]);
  });

  it('counts for whoever reads roles from then on, beside the declared ones', async () => {
    await call('PUT', 'constructor', { body: reader });
    const roles = await roleReader(access(), declared)();
    expect(roles).toMatchObject({ ...declared, constructor: ['read:products'] });
  });

  it.each([
    ['invalid_body', undefined],
    ['invalid_body', '[]'],
    ['invalid_body', '{"scopes":[],"scopes":[]}'],
    ['invalid_body', { ...reader, more: 1 }],
    ['invalid_scopes', {}],
    ['invalid_scopes', { scopes: 'read:products' }],
    ['invalid_scopes', { scopes: ['read:products', 'read:products'] }],
    ['invalid_scopes', { scopes: Array.from({ length: 51 }, (_, index) => `scope:${index}`) }],
    ['unknown_scope', { scopes: ['read:products', 'read:everything\u202e'] }],
    ['invalid_description', { ...reader, description: '' }],
    ['invalid_description', { ...reader, description: 'a\u0000' }],
    ['invalid_description', { ...reader, description: '\u202Edrowssap' }],
    ['invalid_description', { ...reader, description: 'x'.repeat(10_000) }],
  ])('400 %s, and nothing is written', async (code, body) => {
    expect(await call('PUT', 'a', { body })).toMatchObject({ status: 400, body: { code, status: 400 } });
    expect(table.takeOperations()).toEqual([]);
  });

  it.each(['', '-a', '.', 'a b', 'a\u202e', 'ä', 'a/b', 'x'.repeat(65), '__proto__'])(
    '400 invalid_role for the name %j',
    async (role) => {
      expect(await call('PUT', role, { body: reader })).toMatchObject({
        status: 400,
        body: { code: 'invalid_role' },
      });
    },
  );

  it('409 role_declared for one of the table of routes, and nothing is written', async () => {
    const answer = await call('PUT', 'support', { body: reader });
    expect(answer).toMatchObject({ status: 409, body: { code: 'role_declared' } });
    expect(table.takeOperations()).toEqual([]);
  });

  it('409 too_many_roles before an item grows too large for DynamoDB and every login', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        `role-${index}`,
        { scopes: [], description: 'x'.repeat(200) },
      ]),
    );
    const record: RevisedRecord<Roles> = {
      read: async () => ({ value: many, revision: 'r' }),
      replace: async () => 'never',
    };
    const answer = await call('PUT', 'one-more', {
      body: { ...reader, description: 'x'.repeat(200) },
      record,
    });
    expect(answer).toMatchObject({ status: 409, body: { code: 'too_many_roles' } });
  });

  it('412 where it is not what If-Match names, or is there and must not be; nothing is written', async () => {
    const { headers } = await call('PUT', 'tagged', { body: reader });
    const tag = String(headers.etag);
    expect((await call('GET')).headers.etag).toBe(tag);
    for (const conditions of [{ 'if-match': '"another"' }, { 'if-none-match': '*' }]) {
      table.takeOperations();
      const answer = await call('PUT', 'tagged', { body: reader, headers: conditions });
      expect(answer).toMatchObject({ status: 412, body: { code: 'changed_meanwhile' } });
      expect(table.takeOperations()).toEqual(['GetItem']);
    }
    expect(await call('PUT', 'none', { body: reader, headers: { 'if-match': '*' } })).toMatchObject({
      status: 412,
    });
    const right = { body: reader, headers: { 'if-match': tag } };
    expect(await call('PUT', 'tagged', right)).toMatchObject({ status: 200 });
    expect(await call('PUT', 'tagged', right)).toMatchObject({ status: 412 });
    const created = { body: reader, headers: { 'if-none-match': '*' } };
    expect(await call('PUT', 'only-once', created)).toMatchObject({ status: 201 });
  });

  it('two operators at once: neither undoes what the other did', async () => {
    const names = Array.from({ length: 4 }, (_, index) => `at-once-${index}`);
    const answers = await Promise.all(names.map((name) => call('PUT', name, { body: reader })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
    const { roles } = (await call('GET')).body as { roles: { role: string }[] };
    expect(roles.map(({ role }) => role)).toEqual(expect.arrayContaining(names));
  });

  it('503 where the directory does not answer, or others write all the time: it can be tried again', async () => {
    const gone: RevisedRecord<Roles> = {
      read: async () => {
        throw new StoreUnavailable('gone');
      },
      replace: async () => undefined,
    };
    const busy: RevisedRecord<Roles> = { read: () => own().read(), replace: async () => undefined };
    for (const record of [gone, busy]) {
      const answer = await call('PUT', 'late', { body: reader, record });
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
      expect(answer.body).toMatchObject({ code: 'directory_unavailable' });
    }
  });
});

describe('GET /admin/roles', () => {
  it('200 with the declared ones first, then operators’, each by name', async () => {
    await call('PUT', 'zeta', { body: { scopes: ['read:usage'] } });
    await call('PUT', 'Alpha', { body: { scopes: [] } });
    const { status, body } = await call('GET');
    expect(status).toBe(200);
    expect(body.roles.slice(0, 2)).toEqual([
      { role: 'catalogue', scopes: declared.catalogue, declared: true },
      { role: 'support', scopes: declared.support, declared: true },
    ]);
    const names = body.roles.slice(2).map(({ role }: { role: string }) => role);
    expect(names).toEqual([...names].sort());
    expect(body.roles).toContainEqual({ role: 'zeta', scopes: ['read:usage'], declared: false });
  });

  it('200 with the declared ones where operators set none, under a tag of its own', async () => {
    const record: RevisedRecord<Roles> = {
      read: async () => ({ value: {}, revision: '0' }),
      replace: async () => undefined,
    };
    const { headers, body } = await call('GET', undefined, { record });
    expect(headers.etag).toBe('"0"');
    expect(body.roles).toHaveLength(2);
  });
});

describe('DELETE /admin/roles/{role}', () => {
  it('204 for one that nobody has, 404 from then on', async () => {
    await call('PUT', 'unused', { body: { scopes: [] } });
    table.takeOperations();
    const { status, body } = await call('DELETE', 'unused');
    expect({ status, body }).toEqual({ status: 204, body: undefined });
    expect(await call('DELETE', 'unused')).toMatchObject({ status: 404, body: { code: 'unknown_role' } });
    expect(await trail('unused')).toEqual([
      ['role.set', 201],
      ['role.remove', 204],
    ]);
  });

  it('409 role_in_use while a client or a mapping has it: they are named, ten at most, and nothing is written', async () => {
    await call('PUT', 'used', { body: { scopes: [] } });
    await put(trustedIssuerItem(anIssuer('https://idp.example.net', ['used'], [])));
    await put(trustedIssuerItem(anIssuer('https://idp2.example.net', [], ['used'])));
    await put(clientItem(aClient('holder', ['used', 'support'])));
    await put(markerItem('holder', 'creation'));
    await put(markerItem('without-its-client', 'creation'));
    table.takeOperations();
    const answer = await call('DELETE', 'used');
    expect(answer).toMatchObject({ status: 409, body: { code: 'role_in_use' } });
    expect(answer.body.detail).toBe(
      'the client holder, the trusted issuer https://idp.example.net, the trusted issuer https://idp2.example.net have the role: take it away there first.',
    );
    expect(table.takeOperations()).toEqual(['GetItem', 'Query', 'BatchGetItem', 'Query']);
    const many = Array.from({ length: 101 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
    await putAll(many.flatMap((id) => [clientItem(aClient(id, ['popular'])), markerItem(id, 'creation')]));
    await call('PUT', 'popular', { body: { scopes: [] } });
    const { detail } = (await call('DELETE', 'popular')).body as { detail: string };
    expect(detail.match(/the client many-/g)).toHaveLength(10);
    expect(detail).toContain('and perhaps others');
  });

  it('409 role_declared for one of the table of routes', async () => {
    expect(await call('DELETE', 'support')).toMatchObject({ status: 409, body: { code: 'role_declared' } });
  });

  it('204 for what operators said of a role that is declared by now, whoever has it', async () => {
    const record = own();
    const seen = await record.read();
    await record.replace(seen, { ...seen.value, support: { scopes: [] } });
    expect((await call('GET')).body.roles).toContainEqual({
      role: 'support',
      scopes: declared.support,
      declared: true,
    });
    expect(await call('DELETE', 'support')).toMatchObject({ status: 204 });
    expect((await record.read()).value).not.toHaveProperty('support');
  });

  it('412 where If-Match names another revision', async () => {
    await call('PUT', 'kept', { body: { scopes: [] } });
    const answer = await call('DELETE', 'kept', { headers: { 'if-match': '"another"' } });
    expect(answer).toMatchObject({ status: 412, body: { code: 'changed_meanwhile' } });
    expect((await own().read()).value).toHaveProperty('kept');
  });
});
