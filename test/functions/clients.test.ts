import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashSecret, verifyPassword, verifySecret } from '../../lambdas/crypto/credentials.ts';
import type { ClientRegistry } from '../../lambdas/domain/client-ports.ts';
import { JWT_BEARER } from '../../lambdas/domain/grant-type.ts';
import { parseApiKey, parseClientSecret } from '../../lambdas/domain/secret-format.ts';
import type { ClientsPorts } from '../../lambdas/functions/clients/handler.ts';
import { clientRegistry } from '../../lambdas/store/client-registry.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { parseCredential } from '../../lambdas/store/items.ts';
import { type Asked, operatorOver } from '../support/clients.ts';
import { NOW, testClock } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { OPERATOR } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

let table: TestTable;
let ask: ReturnType<typeof operatorOver>;
const lines: unknown[][] = [];
const log = recordedLog(lines);
beforeAll(async () => {
  table = await createTestTable();
  ask = over();
});
beforeEach(() => {
  lines.length = 0;
});
afterAll(() => table.close());

function over(own: Partial<ClientsPorts> = {}, client = table.client) {
  const access = { client, table: table.name };
  const ledger = { client: table.client, table: table.name };
  return operatorOver({ directory: access, ledger }, { clock: testClock(), log, ...own });
}
const create = (body: unknown, asked: Asked = {}, by = ask) => by('POST /admin/clients', { ...asked, body });

/** What each answer tells of a client that was created just now. */
const NEW = { state: 'active', created_at: new Date(NOW).toISOString() };

async function newKey(kid?: string): Promise<JWK> {
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) };
}

const itemsOf = async (clientId: string) =>
  (await table.items()).filter(({ pk }) => pk === `CLIENT#${clientId}`);

describe('POST /admin/clients', () => {
  describe('201', () => {
    it('creates a service with a client secret and an API key, and shows them', async () => {
      const request = {
        client_id: 'ci',
        client_name: 'CI',
        scope: 'read:products',
        roles: ['support'],
        tenant: 'acme',
        allowed_claims: ['userID'],
        token_lifetime: 300,
      };
      const { status, headers, body } = await create(request);
      expect(status).toBe(201);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
      expect(body).toEqual({
        client_id: 'ci',
        client_name: 'CI',
        kind: 'service',
        scope: 'read:products',
        roles: ['support'],
        tenant: 'acme',
        allowed_claims: ['userID'],
        token_lifetime: 300,
        grant_types: ['client_credentials'],
        ...NEW,
        client_secret: expect.any(String),
        api_key: expect.any(String),
      });
      const secret = parseClientSecret(body.client_secret);
      const key = parseApiKey(body.api_key);
      expect(key).toMatchObject({ ok: true, value: { clientId: 'ci' } });
      expect(await itemsOf('ci')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ sk: 'CLIENT', state: 'active', createdAt: NOW, tokenLifetime: 300 }),
          expect.objectContaining({
            credentialId: secret.ok && secret.value.credentialId,
            kind: 'client_secret',
            hash: hashSecret(body.client_secret),
          }),
          expect.objectContaining({
            credentialId: key.ok && key.value.credentialId,
            kind: 'api_key',
            hash: hashSecret(body.api_key),
          }),
        ]),
      );
    });

    it('creates a user with a password, and shows it', async () => {
      const { status, body } = await create({ client_id: 'alice', client_name: 'Alice', kind: 'user' });
      expect(status).toBe(201);
      expect(body).toEqual({
        client_id: 'alice',
        client_name: 'Alice',
        kind: 'user',
        scope: '',
        roles: [],
        allowed_claims: [],
        grant_types: ['refresh_token'],
        ...NEW,
        password: expect.stringMatching(/^[0-9A-Za-z]{24}$/),
      });
      const [, credential] = await itemsOf('alice');
      expect(credential).toMatchObject({ credentialId: 'password', kind: 'password', state: 'active' });
      expect(await verifyPassword(credential?.hash, body.password)).toBe(true);
    });

    it('creates a service that proves itself by its own keys, and has no secret to lose', async () => {
      const [named, unnamed] = [await newKey('2026-11'), await newKey()];
      const { status, body } = await create({
        client_id: 'keyed',
        client_name: 'Keyed',
        grant_types: ['client_credentials', 'refresh_token'],
        refresh_token_lifetime: 86_400,
        refresh_token_idle_lifetime: 3600,
        jwks: { keys: [named, { ...unnamed, use: 'sig', x5t: 'dropped', key_ops: ['verify'] }] },
      });
      const kid = await calculateJwkThumbprint(unnamed);
      const keys = [
        { ...named, alg: 'ES256' },
        { ...unnamed, kid, alg: 'ES256' },
      ];
      expect(status).toBe(201);
      expect(body).toEqual({
        ...{ client_id: 'keyed', client_name: 'Keyed', kind: 'service' },
        ...{ scope: '', roles: [], allowed_claims: [] },
        grant_types: ['client_credentials', 'refresh_token'],
        refresh_token_lifetime: 86_400,
        refresh_token_idle_lifetime: 3600,
        jwks: { keys },
        ...NEW,
      });
      const [client, ...credentials] = await itemsOf('keyed');
      expect(client).toMatchObject({ refreshLifetime: 86_400, refreshIdle: 3600 });
      expect(credentials.map(parseCredential)).toEqual(
        expect.arrayContaining(
          keys.map((jwk) => ({
            ...{ clientId: 'keyed', credentialId: jwk.kid, kind: 'public_key', jwk },
            ...{ state: 'active', createdAt: NOW },
          })),
        ),
      );
      expect(credentials).toHaveLength(2);
    });

    it('creates a service that only trusted issuers speak for without any credential', async () => {
      const { body } = await create({ client_id: 'federated', client_name: 'CI', grant_types: [JWT_BEARER] });
      expect(body).toMatchObject({ grant_types: [JWT_BEARER] });
      expect(JSON.stringify(body)).not.toMatch(/tgs?_/);
      expect(await itemsOf('federated')).toHaveLength(1);
    });

    it('makes up an id where none is given', async () => {
      const { body } = await create({ client_name: 'CI' });
      expect(body.client_id).toMatch(/^[0-9a-z]{16}$/);
    });

    it('logs who created what, and keeps the secrets nowhere', async () => {
      const { body } = await create({ client_id: 'audited', client_name: 'CI' });
      const fields = {
        operator: OPERATOR,
        clientId: 'audited',
        requestId: expect.any(String),
        route: 'POST /admin/clients',
        status: 201,
      };
      const [, secretId] = body.client_secret.split('_');
      const [, , keyId] = body.api_key.split('_');
      expect(lines).toEqual([
        ['info', 'client created', fields],
        ['info', 'credential added', { ...fields, credentialId: secretId }],
        ['info', 'credential added', { ...fields, credentialId: keyId }],
      ]);
      const kept = JSON.stringify([lines, await table.items()]);
      expect(kept).not.toContain(body.client_secret);
      expect(kept).not.toContain(body.api_key);
      expect(verifySecret(hashSecret(body.api_key), body.api_key)).toBe(true);
    });
  });

  describe('400', () => {
    it.each([
      ['invalid_body', 'not JSON'],
      ['invalid_body', '[]'],
      ['invalid_body', '{"client_name":"A","client_name":"B"}'],
      ['invalid_body', '['.repeat(10_000)],
      ['invalid_body', ''],
      ['invalid_body', { client_name: 'CI', redirect_uris: [] }],
      ['invalid_grant_types', { client_name: 'CI', grant_types: [] }],
      ['invalid_client_name', {}],
      ['invalid_client_id', { client_name: 'CI', client_id: '_ci' }],
      ['invalid_client_id', { client_name: 'CI', client_id: 'tg_ci' }],
      ['unknown_scope', { client_name: 'CI', scope: 'read:everything' }],
      ['unknown_role', { client_name: 'CI', roles: ['root'] }],
      ['invalid_allowed_claims', { client_name: 'CI', allowed_claims: ['scope'] }],
      ['invalid_token_lifetime', { client_name: 'CI', token_lifetime: 0 }],
      ['private_key', { client_name: 'CI', jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }],
    ])('%s, and nothing is written: %j', async (code, body) => {
      const before = await table.items();
      const answer = await create(body);
      expect(answer).toMatchObject({
        status: 400,
        headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
        body: { status: 400, code, title: 'Bad request', detail: expect.any(String) },
      });
      expect(await table.items()).toEqual(before);
    });
  });

  describe('403', () => {
    it.each([
      ['no authorizer', null],
      ['an authorizer of another kind', { jwt: { claims: { sub: 'x' }, scopes: null } }],
      ['no ARN', { iam: {} }],
      ['an empty ARN', { iam: { userArn: '' } }],
      ['no IAM identity', { iam: null }],
    ])('when the gateway names no operator: %s', async (_, authorizer) => {
      const before = await table.items();
      const answer = await create({ client_name: 'CI' }, { authorizer });
      expect(answer).toMatchObject({ status: 403, body: { code: 'not_an_operator' } });
      expect(lines).toMatchObject([['error', expect.any(String), { status: 403 }]]);
      expect(await table.items()).toEqual(before);
    });
  });

  describe('409', () => {
    it('when the id is taken, and the client keeps what it has', async () => {
      await create({ client_id: 'taken', client_name: 'First' });
      const before = await itemsOf('taken');
      const answer = await create({ client_id: 'taken', client_name: 'Second' });
      expect(answer).toMatchObject({ status: 409, body: { code: 'client_exists' } });
      expect(JSON.stringify(answer)).not.toMatch(/tgs?_/);
      expect(await itemsOf('taken')).toEqual(before);
    });
  });

  describe('413', () => {
    it('when the body is over 16 kB', async () => {
      const answer = await create({ client_name: 'x'.repeat(17_000) });
      expect(answer).toMatchObject({ status: 413, body: { code: 'invalid_body' } });
    });
  });

  describe('500', () => {
    it('when something happens that nobody foresaw, and says nothing about it', async () => {
      const registry: ClientRegistry = {
        ...clientRegistry({ client: table.client, table: table.name }, randomUUID),
        create: () => Promise.reject(new TypeError('internal')),
      };
      const answer = await create({ client_name: 'CI' }, {}, over({ registry }));
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
      expect(JSON.stringify(answer)).not.toMatch(/internal"|TypeError|tgs?_/);
    });
  });

  describe('503', () => {
    it('when the directory does not answer', async () => {
      const client = documentClient({
        endpoint: 'http://127.0.0.1:1',
        region: 'us-east-1',
        credentials: testCredentials,
        maxAttempts: 1,
      });
      const answer = await create({ client_id: 'late', client_name: 'CI' }, {}, over({}, client));
      expect(answer).toMatchObject({
        status: 503,
        headers: { 'retry-after': '5' },
        body: { code: 'directory_unavailable' },
      });
      expect(lines).toMatchObject([['error', expect.any(String), { clientId: 'late', status: 503 }]]);
    });
  });
});
