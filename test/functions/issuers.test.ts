import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { JWT_BEARER } from '../../lambdas/domain/grant-type.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { TrustRegistry } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { issuersHandler } from '../../lambdas/functions/issuers/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { roles as declared } from '../../lambdas/routes.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { clientItem } from '../../lambdas/store/items.ts';
import { roleReader, roleRecord } from '../../lambdas/store/roles.ts';
import { trustRegistry } from '../../lambdas/store/trusted-issuers.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { requestEvent } from '../support/event.ts';
import { recordedLog } from '../support/recorded-log.ts';

const OWN = 'https://api.example.com';
const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
const ISSUER = 'https://idp.example.net';
let table: TestTable;
const lines: unknown[][] = [];
const client: Client = {
  ...{ clientId: 'ci', name: 'CI', kind: 'service', state: 'active', scopes: ['read:products'] },
  ...{ roles: [], allowedClaims: [], createdAt: NOW, grantTypes: [JWT_BEARER] },
};
beforeAll(async () => {
  table = await createTestTable();
  await table.client.send(new PutCommand({ TableName: table.name, Item: clientItem(client) }));
});
beforeEach(() => {
  lines.length = 0;
  table.takeOperations();
});
afterAll(() => table.close());

const log = recordedLog(lines);

interface Asked {
  body?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  registry?: TrustRegistry;
  authorizer?: unknown;
}

async function call(method: 'GET' | 'PUT' | 'DELETE' | 'PATCH', asked: Asked = {}) {
  const directory = { client: table.client, table: table.name };
  const { body, query, registry = trustRegistry(directory) } = asked;
  const event = requestEvent(`${method} /admin/issuers`, {
    headers: { 'content-type': 'application/json', ...asked.headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(query && { query }),
  });
  const authorizer = 'authorizer' in asked ? asked.authorizer : { iam: { userArn: OPERATOR } };
  const requestContext = { ...event.requestContext, authorizer } as Request['requestContext'];
  const answer = await issuersHandler(
    { registry, roles: roleReader(directory, declared), log, audit: auditWriter(directory) },
    OWN,
  )({ ...event, requestContext });
  const { statusCode: status, headers } = answer;
  return { status, headers, body: answer.body === undefined ? undefined : JSON.parse(answer.body) };
}

const aMapping = { match: { repository: 'acme/*' }, client_id: 'ci', subject: 'github:{repository}' };
const record = (changes: Record<string, unknown> = {}) => ({
  issuer: ISSUER,
  mappings: [aMapping],
  ...changes,
});

describe('PUT /admin/issuers', () => {
  it('201 for a new one, with the record as it is kept: a write beside the trail’s two, and a read of the roles and of each client', async () => {
    const { status, headers, body } = await call('PUT', { body: record() });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(body).toEqual({
      issuer: ISSUER,
      state: 'active',
      algorithms: ['RS256'],
      audiences: [OWN],
      single_use: true,
      mappings: [{ ...aMapping, match: { repository: ['acme/*'] }, roles: [], claims: {} }],
    });
    expect(table.takeOperations()).toEqual(['GetItem', 'GetItem', 'PutItem', 'PutItem', 'UpdateItem']);
    expect(lines).toEqual([
      [
        'info',
        'trusted issuer created',
        {
          ...{ operator: OPERATOR, requestId: 'request-1', route: 'PUT /admin/issuers' },
          ...{ issuer: ISSUER, status: 201 },
        },
      ],
    ]);
  });

  it('takes a role that an operator set the moment before', async () => {
    const body = record({ mappings: [{ ...aMapping, roles: ['night-shift'] }] });
    expect(await call('PUT', { body })).toMatchObject({ status: 400, body: { code: 'unknown_role' } });
    const roles = roleRecord({ client: table.client, table: table.name }, randomUUID);
    await roles.replace(await roles.read(), { 'night-shift': { scopes: ['read:products'] } });
    expect(await call('PUT', { body })).toMatchObject({
      status: 200,
      body: { mappings: [{ roles: ['night-shift'] }] },
    });
  });

  it('200 for a changed one, of which nothing of before is left', async () => {
    await call('PUT', { body: record({ jwks_uri: 'https://keys.example.net/jwks' }) });
    const { status, headers, body } = await call('PUT', { body: record({ state: 'disabled' }) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'disabled' });
    const listed = await call('GET');
    const found = listed.body.issuers.filter(({ issuer }: { issuer: string }) => issuer === ISSUER);
    expect(found).toEqual([{ ...body, etag: headers?.etag }]);
    expect(body).not.toHaveProperty('jwks_uri');
  });

  it('says what of it comes to nothing, and keeps it all the same', async () => {
    const mappings = [{ ...aMapping, scope: 'read:products write:products' }];
    const { status, body } = await call('PUT', { body: record({ mappings }) });
    expect(status).toBe(200);
    expect(body.warnings).toEqual([
      'mapping 1: the client ci does not have the scope write:products, so no token gets it',
    ]);
    expect((await call('GET')).body.issuers[0]).not.toHaveProperty('warnings');
    // Sent back as it came, it is the same record.
    expect(await call('PUT', { body })).toMatchObject({ status: 200, body });
  });

  it('takes what GET says', async () => {
    const [first] = (await call('GET')).body.issuers;
    const { etag, ...kept } = first;
    const { status, headers, body } = await call('PUT', { body: first, headers: { 'if-match': etag } });
    expect({ status, body }).toMatchObject({ status: 200, body: kept });
    expect(headers?.etag).not.toBe(etag);
  });

  it('takes a record of more than 16 KB', async () => {
    const patterns = Array.from({ length: 20 }, (_, index) => String(index).padEnd(200, 'x'));
    const mappings = Array(10).fill({ ...aMapping, match: { sub: patterns } });
    const body = record({ issuer: 'https://large.example.net', mappings });
    expect(JSON.stringify(body).length).toBeGreaterThan(40_000);
    expect((await call('PUT', { body })).status).toBe(201);
    expect((await call('PUT', { body: record({ mappings: Array(20).fill(mappings[0]) }) })).status).toBe(413);
  });

  it.each<[code: string, body: unknown]>([
    ['invalid_body', undefined],
    ['invalid_body', '['],
    ['invalid_body', '{"issuer":"https://a.example","issuer":"https://b.example"}'],
    ['invalid_body', record({ more: 1 })],
    ['invalid_issuer', record({ issuer: OWN })],
    ['invalid_issuer', record({ issuer: 'http://127.0.0.1:9000' })],
    ['invalid_match', record({ mappings: [{ ...aMapping, match: {} }] })],
    ['invalid_algorithms', record({ algorithms: ['none'] })],
    ['unknown_scope', record({ mappings: [{ ...aMapping, scope: 'read:everything' }] })],
    ['unknown_role', record({ mappings: [{ ...aMapping, roles: ['admin'] }] })],
    ['unknown_client', record({ mappings: [aMapping, { ...aMapping, client_id: 'gone' }] })],
  ])('400 %s, and nothing is written', async (code, body) => {
    const answer = await call('PUT', { body });
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: { status: 400, code, title: 'Bad request' },
    });
    expect(table.takeOperations()).not.toContain('PutItem');
  });
});

describe('GET /admin/issuers', () => {
  it('200 with all of them', async () => {
    await call('PUT', { body: record({ issuer: 'https://another.example.net' }) });
    const { status, body } = await call('GET');
    expect(status).toBe(200);
    expect(body.issuers.map(({ issuer }: { issuer: string }) => issuer)).toEqual(
      expect.arrayContaining(['https://another.example.net', ISSUER]),
    );
  });
});

describe('DELETE /admin/issuers', () => {
  const query = { issuer: 'https://removed.example.net' };

  it('204 without a body, and 404 from then on', async () => {
    await call('PUT', { body: record(query) });
    table.takeOperations();
    expect(await call('DELETE', { query })).toMatchObject({ status: 204, body: undefined });
    expect(table.takeOperations()).toEqual(['PutItem', 'DeleteItem', 'UpdateItem']);
    expect(await call('DELETE', { query })).toMatchObject({ status: 404, body: { code: 'unknown_issuer' } });
    expect(lines.map(([, message]) => message)).toEqual([
      'trusted issuer created',
      'trusted issuer removed',
      'trusted issuer unknown',
    ]);
  });

  it.each([undefined, {}, { issuer: '' }, { issuer: 'a b' }, { issuer: 'x'.repeat(256) }])(
    '400 for no name of an issuer: %j',
    async (query) => {
      const answer = await call('DELETE', query && { query: query as Record<string, string> });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_issuer' } });
      expect(table.takeOperations()).toEqual([]);
    },
  );
});

describe('every route of trusted issuers', () => {
  const methods = ['GET', 'PUT', 'DELETE'] as const;
  const failing = (error: Error): TrustRegistry => ({
    put: () => Promise.reject(error),
    list: () => Promise.reject(error),
    remove: () => Promise.reject(error),
    clients: async () => [client],
  });

  it.each(methods)('%s: 403 without an operator, and nothing is read', async (method) => {
    for (const authorizer of [undefined, null, {}, { iam: null }, { iam: {} }, { iam: { userArn: '' } }]) {
      const answer = await call(method, { authorizer, body: record(), query: { issuer: ISSUER } });
      expect(answer).toMatchObject({ status: 403, body: { code: 'not_an_operator' } });
    }
    expect(table.takeOperations()).toEqual([]);
  });

  it.each(methods)('%s: 503 with Retry-After where the directory does not answer', async (method) => {
    const registry = failing(new StoreUnavailable('down'));
    const answer = await call(method, { registry, body: record(), query: { issuer: ISSUER } });
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
      body: { code: 'directory_unavailable' },
    });
    expect(lines[0]).toMatchObject([
      'error',
      'an operator route failed',
      { operator: OPERATOR, status: 503 },
    ]);
  });

  it.each(methods)('%s: 500 for what nobody expected', async (method) => {
    const registry = failing(new Error('corrupt item'));
    const answer = await call(method, { registry, body: record(), query: { issuer: ISSUER } });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect(JSON.stringify(answer)).not.toContain('corrupt');
  });

  it('500 for a method that the function was not made for', async () => {
    expect(await call('PATCH')).toMatchObject({ status: 500 });
  });
});
