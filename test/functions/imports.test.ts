import { randomBytes, randomUUID } from 'node:crypto';
import { bcrypt } from 'hash-wasm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { type ClientImports, importsHandler } from '../../lambdas/functions/imports/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { clientImports } from '../../lambdas/store/client-imports.ts';
import { NOW, testClock } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { requestEvent } from '../support/event.ts';
import { recordedLog } from '../support/recorded-log.ts';

const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
let table: TestTable;
let hash: string;
const lines: unknown[][] = [];
beforeAll(async () => {
  const salt = randomBytes(16);
  [table, hash] = await Promise.all([
    createTestTable(),
    bcrypt({ password: 'x', salt, costFactor: 4, outputType: 'encoded' }),
  ]);
});
beforeEach(() => {
  lines.length = 0;
});
afterAll(() => table.close());

const clock = testClock();
const real = (): ClientImports =>
  clientImports({ client: table.client, table: table.name }, randomUUID, clock);

function request(body: unknown): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const event = requestEvent('POST /admin/imports', {
    headers: { 'content-type': 'application/json' },
    body: text,
  });
  const context = { ...event.requestContext, authorizer: { iam: { userArn: OPERATOR } } };
  return { ...event, requestContext: context as Request['requestContext'] };
}

async function send(body: unknown, imports = real()) {
  const { statusCode, body: answer } = await importsHandler({
    imports,
    roles: async () => ({ support: ['read:users'] }),
    log: recordedLog(lines),
    audit: auditWriter({ client: table.client, table: table.name }),
  })(request(body));
  return { status: statusCode, body: JSON.parse(answer ?? 'null') };
}

const item = (client_id: string, more: object = {}) => ({ client_id, client_name: 'Shop', ...more });
const itemsOf = async (clientId: string) =>
  (await table.items())
    .filter(({ pk, sk }) => pk.endsWith(`#${clientId}`) || (pk === 'CLIENTS' && sk === clientId))
    .sort((one, other) => (one.pk + one.sk < other.pk + other.sk ? -1 : 1));

describe('POST /admin/imports: 200', () => {
  it('creates clients with all that they had, and the hashes of their secrets apart', async () => {
    const whole = item('4f9A_shop.eu', {
      ...{ kind: 'service', scope: 'read:products', roles: ['support'], tenant: 'acme' },
      ...{ allowed_claims: ['userID'], token_lifetime: 300, grant_types: ['client_credentials'] },
      secret_hash: hash,
    });
    const { status, body } = await send({ clients: [whole, item('bare', { kind: 'user' })] });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ dry_run: false, created: 2, exists: 0, refused: 0 },
      results: [
        { client_id: '4f9A_shop.eu', outcome: 'created' },
        { client_id: 'bare', outcome: 'created' },
      ],
    });
    const facts = { clientId: '4f9A_shop.eu', credentialId: 'password', createdAt: NOW };
    expect(await itemsOf('4f9A_shop.eu')).toMatchObject([
      {
        ...{ pk: 'CLIENT#4f9A_shop.eu', sk: 'CLIENT', state: 'active', name: 'Shop', tenant: 'acme' },
        ...{ scopes: ['read:products'], roles: ['support'], allowedClaims: ['userID'], tokenLifetime: 300 },
      },
      { sk: 'CREDENTIAL#password', ...facts, kind: 'password', hash: 'apart', state: 'active' },
      { pk: 'CLIENTS', sk: '4f9A_shop.eu' },
      { pk: 'VERIFIER#4f9A_shop.eu', sk: 'CREDENTIAL#password', ...facts, hash },
    ]);
    expect(await itemsOf('bare')).toHaveLength(2);
  });

  it('notes each change before it is made, with the id and never the hash', async () => {
    await send({ clients: [item('noted', { secret_hash: hash })] });
    const trail = (await table.items()).filter(({ pk }) => pk.startsWith('AUDIT#'));
    const record = trail.find(({ target }) => (target as { client?: string }).client === 'noted');
    expect(record).toMatchObject({ action: 'client.import', operator: OPERATOR, status: 200 });
    expect(record).toMatchObject({ details: { client_name: 'Shop', with_secret: true } });
    expect(JSON.stringify([trail, lines])).not.toContain(hash.slice(8));
  });

  it('says exists and the same for the very same import, and writes nothing', async () => {
    const clients = [item('twice', { secret_hash: hash, scope: 'read:products', roles: [] }), item('plain')];
    await send({ clients });
    const before = await table.items();
    const { body } = await send({ clients });
    expect(body).toMatchObject({
      ...{ created: 0, exists: 2 },
      results: [
        { outcome: 'exists', same: true },
        { outcome: 'exists', same: true },
      ],
    });
    expect(await table.items()).toEqual(before);
  });

  it('says what differs of a client that is there, and leaves it as it is', async () => {
    await send({ clients: [item('there', { secret_hash: hash })] });
    const before = await itemsOf('there');
    const again = item('there', { client_name: 'Other', tenant: 'acme', secret_hash: SHA256 });
    const { body } = await send({ clients: [again] });
    const differs = ['client_name', 'tenant', 'secret_hash'];
    expect(body.results).toEqual([{ client_id: 'there', outcome: 'exists', same: false, differs }]);
    expect((await send({ clients: [item('there')] })).body.results).toMatchObject([
      { differs: ['secret_hash'] },
    ]);
    expect(await itemsOf('there')).toEqual(before);
  });

  it('writes nothing with dry_run, and says the same', async () => {
    await send({ clients: [item('there-already')] });
    const before = await table.items();
    const clients = [item('dry', { secret_hash: hash }), item('there-already'), item('bad id')];
    const { body } = await send({ clients, dry_run: true });
    expect(body).toMatchObject({ dry_run: true, created: 1, exists: 1, refused: 1 });
    expect(await table.items()).toEqual(before);
  });

  it.each<[code: string, client: unknown]>([
    ['invalid_client', 'shop'],
    ['invalid_client', null],
    ['invalid_client', []],
    ['invalid_body', item('r', { redirect_uris: [] })],
    ['invalid_client_id', { client_name: 'Shop' }],
    ['invalid_client_id', item('tg_ci')],
    ['invalid_client_name', { client_id: 'r' }],
    ['invalid_client_name', item('r', { client_name: 'a\u202eb' })],
    ['invalid_client_name', item('r', { client_name: 'x'.repeat(10_000) })],
    ['unknown_scope', item('r', { scope: 'openid' })],
    ['unknown_role', item('r', { roles: ['root'] })],
    ['invalid_tenant', item('r', { tenant: '' })],
    ['invalid_jwks', item('r', { jwks: { keys: [] } })],
    ['unknown_hash', item('r', { secret_hash: 'the secret itself' })],
    ['unknown_hash', item('r', { secret_hash: 42 })],
    ['malformed_hash', item('r', { secret_hash: '$2b$10$cut' })],
    ['hash_too_costly', item('r', { secret_hash: `$2b$31$${'a'.repeat(53)}` })],
  ])('refuses one alone, and not those beside it: %s', async (code, client) => {
    const id = `beside-${randomUUID()}`;
    const { status, body } = await send({ clients: [client, item(id)] });
    expect(status).toBe(200);
    expect(body.results[0]).toMatchObject({ outcome: 'refused', code, detail: expect.any(String) });
    expect(JSON.stringify(body)).not.toContain('the secret itself');
    expect(body.results[1]).toEqual({ client_id: id, outcome: 'created' });
  });

  it('refuses each of those that have one id', async () => {
    const clients = [item('double'), item('single'), item('double', { client_name: 'Other' })];
    const { body } = await send({ clients });
    expect(body.results.map(({ code }: { code?: string }) => code)).toEqual([
      'repeated_client_id',
      undefined,
      'repeated_client_id',
    ]);
    expect(await itemsOf('double')).toEqual([]);
  });

  it('lets one of two imports at once win, whole', async () => {
    const sent = ['one', 'other'].map((name) =>
      send({ clients: [item('race', { client_name: name, secret_hash: hash })] }),
    );
    const outcomes = (await Promise.all(sent)).map(({ body }) => body.results[0].outcome).sort();
    expect(outcomes).toContain('created');
    expect(await itemsOf('race')).toHaveLength(4);
  });
});

describe('POST /admin/imports: 400, 413, 503', () => {
  it.each<[status: number, body: unknown]>([
    [400, ''],
    [400, []],
    [400, { clients: [] }],
    [400, { clients: {} }],
    [400, { clients: [item('a')], dryRun: true }],
    [400, { clients: Array.from({ length: 101 }, (_, at) => item(`c${at}`)) }],
    [400, '{"clients":[{"client_id":"a","client_id":"b"}]}'],
    [413, `{"clients":[${' '.repeat(512 * 1024)}]}`],
  ])('%i, and nothing is written: %.60j', async (status, body) => {
    const before = await table.items();
    expect(await send(body)).toMatchObject({ status, body: { code: 'invalid_body' } });
    expect(await table.items()).toEqual(before);
  });

  it('503 where the directory does not answer, and says that the same again does no harm', async () => {
    const down: ClientImports = {
      judge: () => Promise.reject(new StoreUnavailable('down')),
      create: () => Promise.reject(new StoreUnavailable('down')),
    };
    const { status, body } = await send({ clients: [item('down')] }, down);
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'directory_unavailable' });
    expect(body.detail).toContain('Send the same again');
  });
});

const SHA256 = `$sha256$${randomBytes(32).toString('base64').replaceAll('=', '')}`;
