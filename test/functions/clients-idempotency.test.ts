/** Creations that are sent again, under their idempotency key. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { derivedRandom, requestOf } from '../../lambdas/crypto/derived-random.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { fingerprintOf, readIdempotencyKey } from '../../lambdas/http/idempotency-key.ts';
import { operatorOver } from '../support/clients.ts';
import { DAY, MINUTE, NOW, testClock } from '../support/clock.ts';
import { requestEvent } from '../support/event.ts';
import { tableOf } from '../support/preempted.ts';
import { recordedLog } from '../support/recorded-log.ts';
import type { WireTable } from '../support/wire-table.ts';

const clock = testClock();
const lines: unknown[][] = [];
let table: WireTable;
let ask: ReturnType<typeof operatorOver>;
beforeAll(async () => {
  table = await tableOf([]);
  const access = { client: table.client, table: table.name };
  ask = operatorOver(
    { directory: access, ledger: access },
    {
      clock,
      log: recordedLog(lines),
      hashPassword: async (password, random) => `${password.length}:${random(4)}`,
    },
  );
});
beforeEach(() => {
  clock.advance(NOW - clock());
  table.takeOperations();
});

const newKey = () => randomBytes(32).toString('base64url');
const under = (key: string, body: unknown) => ({ body, headers: { 'idempotency-key': key } });
const create = (key: string, body: Record<string, unknown> = {}) =>
  ask('POST /admin/clients', under(key, { client_name: 'CI', ...body }));
const add = (id: string, key: string, body: unknown = { kind: 'api_key' }) =>
  ask(`POST /admin/clients/${id}/credentials`, under(key, body));
const patch = (path: string, body: unknown) => ask(`PATCH ${path}`, { body, headers: { 'if-match': '*' } });

describe('POST /admin/clients with an Idempotency-Key', () => {
  it.each([{}, { client_id: 'chosen' }, { kind: 'user' }])(
    '201, the very same answer: secrets, id, time and entity tag: %j',
    async (body) => {
      const key = newKey();
      const first = await create(key, body);
      clock.advance(MINUTE);
      const before = (await table.items()).filter(({ pk }) => !String(pk).startsWith('AUDIT#'));
      const second = await create(`"${key}"`, body);
      expect(first.status).toBe(201);
      expect(second).toEqual(first);
      const after = (await table.items()).filter(({ pk }) => !String(pk).startsWith('AUDIT#'));
      expect(after).toEqual(before);
    },
  );

  it('201 for each key its own, also for the same body', async () => {
    const [one, other] = [await create(newKey()), await create(newKey())];
    expect(one.body.client_id).not.toBe(other.body.client_id);
    expect(one.body.api_key).not.toBe(other.body.api_key);
  });

  it('201 after the client was changed or disabled meanwhile, which stays', async () => {
    const key = newKey();
    const first = await create(key);
    const path = `/admin/clients/${first.body.client_id}`;
    await patch(path, { state: 'disabled', client_name: 'B' });
    await patch(`${path}/credentials/${first.body.api_key.split('_')[2]}`, { state: 'disabled' });
    expect(await create(key)).toEqual(first);
    expect(await ask(`GET ${path}`)).toMatchObject({ body: { state: 'disabled', client_name: 'B' } });
    const { body } = await ask(`GET ${path}/credentials`);
    expect(body.credentials.map(({ state }: { state: string }) => state).sort()).toEqual([
      'active',
      'disabled',
    ]);
    // What it tells is what was created: nothing can be changed with the entity tag of that.
    const headers = { 'if-match': first.headers.etag ?? '' };
    expect(await ask(`PATCH ${path}`, { body: { state: 'active' }, headers })).toMatchObject({ status: 412 });
  });

  it('409 after it was deleted: it does not come back, not even where the id is free', async () => {
    const key = newKey();
    const { body } = await create(key, { client_id: 'gone' });
    await ask('DELETE /admin/clients/gone');
    expect(await create(key, { client_id: 'gone' })).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_spent' },
    });
    expect(await create(newKey(), { client_id: 'gone' })).toMatchObject({ status: 201 });
    expect(await create(key, { client_id: 'gone' })).toMatchObject({ status: 409 });
    expect(body.client_id).toBe('gone');
  });

  it('409 for an id that is taken, as without one', async () => {
    await create(newKey(), { client_id: 'taken' });
    expect(await create(newKey(), { client_id: 'taken' })).toMatchObject({ body: { code: 'client_exists' } });
  });

  it('422 for another body, another route or another client under the same key', async () => {
    const key = newKey();
    const { body } = await create(key);
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    expect(await create(key, { scope: 'read:products' })).toMatchObject(reused);
    expect(await add(body.client_id, key)).toMatchObject(reused);
  });

  it('is remembered for a day, and then it is a new request', async () => {
    const key = newKey();
    const first = await create(key);
    clock.advance(DAY - 1000);
    expect(await create(key)).toEqual(first);
    clock.advance(1000);
    const later = await create(key);
    expect(later.status).toBe(201);
    expect(later.body.client_id).not.toBe(first.body.client_id);
  });

  it.each(['short', 'x'.repeat(129), 'aaaaaaaaaaaaaaaaaaaaaaaa', 'has spaces in it, and commas', ''])(
    '400 for what cannot be random: %s',
    async (key) => {
      expect(await create(key)).toMatchObject({ status: 400, body: { code: 'invalid_idempotency_key' } });
      expect(table.takeOperations()).toEqual([]);
    },
  );

  it('keeps neither key nor secret, in the table or the log', async () => {
    const key = newKey();
    const { body } = await create(key, { client_id: 'kept' });
    const kept = JSON.stringify([lines, await table.items()]);
    expect(kept).not.toContain(key);
    expect(kept).not.toContain(body.api_key);
    expect(kept).not.toContain(body.client_secret);
    expect(kept).toContain(requestOf(key));
  });

  it('costs a write and a read more; sent again two writes that fail, and a read of each item', async () => {
    const trail = ['PutItem', 'UpdateItem'];
    await create(newKey());
    expect(table.takeOperations().sort()).toEqual(
      [...trail, 'PutItem', 'PutItem', 'PutItem', 'PutItem', 'PutItem', 'GetItem', 'UpdateItem'].sort(),
    );
    const key = newKey();
    await create(key);
    table.takeOperations();
    await create(key);
    expect(table.takeOperations().sort()).toEqual(
      [...trail, 'PutItem', 'GetItem', 'PutItem', 'GetItem', 'GetItem', 'GetItem'].sort(),
    );
  });
});

describe('POST …/credentials with an Idempotency-Key', () => {
  const aClient = async () => (await ask('POST /admin/clients', { body: { client_name: 'CI' } })).body;

  it('201, the very same answer, its end and that of the replaced one included', async () => {
    const { client_id: id, api_key: apiKey } = await aClient();
    const key = newKey();
    const body = { replaces: apiKey.split('_')[2], expires_in: 3600 };
    const first = await add(id, key, body);
    clock.advance(MINUTE);
    expect(first).toMatchObject({ status: 201, body: { replaced: { credential_id: body.replaces } } });
    expect(await add(id, key, body)).toEqual(first);
    const { body: list } = await ask(`GET /admin/clients/${id}/credentials`);
    expect(list.credentials).toHaveLength(3);
  });

  it('201, and an end that an operator has put off meanwhile stays put off', async () => {
    const { client_id: id, api_key: apiKey } = await aClient();
    const key = newKey();
    const old = apiKey.split('_')[2];
    await add(id, key, { replaces: old, overlap: 60 });
    const later = { valid_until: new Date(NOW + DAY).toISOString() };
    await patch(`/admin/clients/${id}/credentials/${old}`, later);
    const again = await add(id, key, { replaces: old, overlap: 60 });
    expect(again).toMatchObject({ status: 201, body: { replaced: later } });
  });

  it('201 after it was revoked, which it stays', async () => {
    const { client_id: id } = await aClient();
    const key = newKey();
    const first = await add(id, key);
    const path = `/admin/clients/${id}/credentials/${first.body.credential_id}`;
    await ask(`DELETE ${path}`);
    expect(await add(id, key)).toEqual(first);
    expect(await patch(path, { state: 'active' })).toMatchObject({ status: 409 });
  });

  it('404 after the client was deleted, and 409 where another one has its id by now', async () => {
    const { client_id: id } = await aClient();
    const key = newKey();
    await add(id, key);
    await ask(`DELETE /admin/clients/${id}`);
    expect(await add(id, key)).toMatchObject({ status: 404, body: { code: 'unknown_client' } });
    await ask('POST /admin/clients', { body: { client_id: id, client_name: 'B' } });
    expect(await add(id, key)).toMatchObject({ status: 409, body: { code: 'idempotency_key_spent' } });
    const { body } = await ask(`GET /admin/clients/${id}/credentials`);
    expect(body.credentials).toHaveLength(2);
  });
});

describe('derived randomness', () => {
  it('is the same for the same key and salt, in the same order, and another for any other', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 22 }),
        fc.string(),
        fc.integer({ min: 1, max: 300 }),
        (key, salt, size) => {
          const [one, same] = [derivedRandom(key, salt), derivedRandom(key, salt)];
          const drawn = [one(size), one(size)];
          expect([same(size), same(size)]).toEqual(drawn);
          expect(drawn[0]).toHaveLength(size);
          if (size < 16) return;
          expect(drawn[0]).not.toEqual(drawn[1]);
          expect(derivedRandom(`${key}x`, salt)(size)).not.toEqual(drawn[0]);
          expect(derivedRandom(key, `${salt}x`)(size)).not.toEqual(drawn[0]);
        },
      ),
    );
  });

  it('is not what the table has of the key: a hash in the place of a long key derives something else', () => {
    const key = 'k'.repeat(64) + newKey();
    const hashed = Buffer.from(requestOf(key), 'hex').toString('latin1');
    expect(derivedRandom(hashed, 'salt')(16)).not.toEqual(derivedRandom(key, 'salt')(16));
  });
});

describe('the header Idempotency-Key', () => {
  const read = (key: string) =>
    readIdempotencyKey(requestEvent('POST /admin/clients', { headers: { 'idempotency-key': key } }));

  it('is any 22 to 128 letters, digits, - and _ with enough of different ones, or refused', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 140 }), (text) => {
        const key = read(text);
        if (key.ok) expect(key.value).toMatch(/^[A-Za-z0-9_-]{22,128}$/);
        else expect(key.failure.statusCode).toBe(400);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const key = Buffer.from(bytes).toString('base64url');
        expect(read(key).ok).toBe(new Set(key).size >= 8);
      }),
    );
  });
});

describe('what is asked for', () => {
  const asked = (event: Partial<Request>, body: unknown = {}) =>
    fingerprintOf({ ...requestEvent('POST /admin/clients'), ...event }, body);

  it('is the same without path parameters, whether the gateway leaves them out or sends null', () => {
    const sent = JSON.parse('{"pathParameters": null}') as Partial<Request>;
    expect(asked(sent)).toBe(asked({ pathParameters: {} }));
    expect(asked({})).toBe(asked({ pathParameters: {} }));
    expect(asked({ pathParameters: { clientId: 'ci' } })).not.toBe(asked({}));
    expect(asked({}, { kind: 'user' })).not.toBe(asked({}));
  });
});
