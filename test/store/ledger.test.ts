import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { type Revocation, revocation, revocationKinds, type Why } from '../../lambdas/domain/revocation.ts';
import { hourOf, type IssuedToken, USAGE_SHARDS, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { parseIssuedToken, revocationKey } from '../../lambdas/store/items.ts';
import {
  issuanceWriter,
  revocationReader,
  revocationWriter,
  usageReader,
  usageWriter,
} from '../../lambdas/store/ledger.ts';
import { DAY, HOUR, NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { type UnreliableEngine, unreliable } from '../support/unreliable.ts';

const RETENTION = (90 * DAY) / 1000;
const iat = NOW / 1000;

let table: TestTable;
let engine: UnreliableEngine;
const ledger = () => ({ client: table.client, table: table.name, retention: RETENTION });
const unreliableLedger = () => ({
  client: documentClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials: testCredentials }),
  table: table.name,
  retention: RETENTION,
});

beforeAll(async () => {
  table = await createTestTable();
  engine = await unreliable(table.endpoint);
});
afterEach(() => engine.misbehave(() => undefined));
afterAll(async () => {
  await engine.close();
  await table.close();
});

const record = (changes: Partial<UsageRecord> = {}): UsageRecord => ({
  requestId: 'request-1',
  at: NOW,
  sub: 'alice',
  clientId: 'alice',
  credentialId: 'password',
  jti: 'jti-1',
  txn: 'txn-1',
  route: 'GET /protected-resource',
  status: 200,
  outcome: 'admitted',
  price: 10,
  latency: 3,
  sourceIp: '203.0.113.7',
  ...changes,
});

const issued: IssuedToken = {
  jti: 'jti-issued',
  clientId: 'reader',
  credentialId: 'abcd1234',
  sub: 'reader',
  scopes: ['read:products'],
  txn: 'txn-issued',
  kid: 'key-1',
  iat,
  exp: iat + 900,
  sourceIp: '203.0.113.7',
  grantType: 'login',
};

describe('revoking', () => {
  /** What lasts as long as nothing else that there is, so that a test can have it end earlier or later. */
  const LATEST = iat + (90 * DAY) / 1000;
  const why = { revokedAt: NOW, reason: 'client_request' } as const;
  const token = (id: string, issuedBefore = iat, exp = LATEST + 900): Revocation & Why => ({
    ...revocation({ kind: 'token', id }, issuedBefore, why),
    expiresAt: exp,
  });
  const revoke = (one: Revocation & Why) => revocationWriter(ledger()).revoke(one);
  const find = (...ids: string[]) =>
    revocationReader(ledger()).find(ids.map((id) => ({ kind: 'token', id }) as const));

  it('is found as it was written, for each kind of target', async () => {
    for (const kind of revocationKinds) {
      const written = revocation({ kind, id: `of/${kind}#1 %2F ü` }, iat, why);
      await revoke(written);
      expect(await revocationReader(ledger()).find([written.target])).toEqual([written]);
    }
  });

  it('costs one UpdateItem, and finding one BatchGetItem for all targets', async () => {
    table.takeOperations();
    await revoke(token('cost'));
    expect(table.takeOperations()).toEqual(['UpdateItem']);
    await find('cost', 'none', 'neither');
    expect(table.takeOperations()).toEqual(['BatchGetItem']);
  });

  it('says whether the ledger held as much before', async () => {
    expect(await revoke(token('twice'))).toBe('revoked');
    expect(await revoke(token('twice'))).toBe('already_revoked');
    expect(await revoke(token('twice', iat - 60, iat + 60))).toBe('already_revoked');
    expect(await revoke(token('twice', iat + 1))).toBe('revoked');
  });

  it('never shortens: each of the two times only goes forward', async () => {
    await revoke(token('grows', iat, iat + 900));
    expect(await revoke(token('grows', iat + 5, iat + 100))).toBe('revoked');
    expect(await revoke(token('grows', iat - 5, iat + 2000))).toBe('revoked');
    expect(await find('grows')).toEqual([token('grows', iat + 5, iat + 2000)]);
  });

  it('ends at the furthest of both times, in whatever order many arrive at once', async () => {
    const all = Array.from({ length: 20 }, (_, i) =>
      token('raced', iat + ((i * 7) % 20), iat + ((i * 13) % 20)),
    );
    await Promise.all(all.map(revoke));
    expect(await find('raced')).toEqual([token('raced', iat + 19, iat + 19)]);
  });
});

describe('when and why something was revoked', () => {
  const target = { kind: 'client', id: 'told' } as const;
  const first = { revokedAt: NOW, reason: 'operator' } as const;
  const revoke = (issuedBefore: number, why: Why) =>
    revocationWriter(ledger()).revoke(revocation(target, issuedBefore, why));
  const find = () => revocationReader(ledger()).find([target]);

  it('is as it was the first time, however it is repeated or extended', async () => {
    await revoke(iat, first);
    for (const later of [iat, iat + 60, iat - 60]) {
      await revoke(later, { revokedAt: NOW + HOUR, reason: 'session_ended' });
      expect(await find()).toMatchObject([first]);
    }
    expect(await find()).toMatchObject([{ issuedBefore: iat + 60 }]);
  });

  it('may be missing, or be unknown here, and the revocation is none the less one', async () => {
    const { revokedAt: _, reason: __, ...old } = revocation({ kind: 'client', id: 'old' }, iat, first);
    for (const more of [{}, { revokedAt: 'yesterday', reason: 'of_another_version' }]) {
      const Item = { ...revocationKey(old.target), ...old.target, ...old, target: undefined, ...more };
      await table.client.send(new PutCommand({ TableName: table.name, Item }));
      expect(await revocationReader(ledger()).find([old.target])).toEqual([old]);
    }
  });
});

describe('each read', () => {
  it('is strongly consistent, of revocations and of usage', async () => {
    const reads: unknown[] = [];
    table.client.middlewareStack.add(
      (next) => (args) => {
        reads.push(args.input);
        return next(args);
      },
      { step: 'initialize', name: 'reads' },
    );
    await revocationReader(ledger()).find([{ kind: 'token', id: 'any' }]);
    await usageReader(ledger()).recordsOf('anyone', hourOf(NOW));
    table.client.middlewareStack.remove('reads');
    const [revocations, ...shards] = reads;
    expect(revocations).toMatchObject({ RequestItems: { [table.name]: { ConsistentRead: true } } });
    expect(shards).toHaveLength(USAGE_SHARDS);
    for (const shard of shards) expect(shard).toMatchObject({ ConsistentRead: true });
  });
});

describe('reading revocations', () => {
  const find = () => revocationReader(unreliableLedger()).find([{ kind: 'token', id: 'any' }]);

  it.each(['throttled', 'failing', 'denied', 'unprocessed', 'silent'] as const)(
    'is StoreUnavailable where DynamoDB is %s, soon and with its reason as cause',
    async (fault) => {
      engine.misbehave(() => fault);
      const started = performance.now();
      const error = await find().catch((thrown) => thrown);
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(performance.now() - started).toBeLessThan(5000);
      if (fault !== 'unprocessed') expect(error.cause).toBeInstanceOf(Error);
      expect(engine.takeArrivals().length).toBeLessThanOrEqual(3);
    },
  );

  it('is StoreUnavailable where nobody listens', async () => {
    const gone = await unreliable(table.endpoint);
    await gone.close();
    const client = documentClient({
      endpoint: gone.endpoint,
      region: 'us-east-1',
      credentials: testCredentials,
    });
    const reader = revocationReader({ client, table: table.name });
    await expect(reader.find([{ kind: 'token', id: 'any' }])).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('is StoreUnavailable where there is no such table', async () => {
    const reader = revocationReader({ client: table.client, table: 'missing-table' });
    await expect(reader.find([{ kind: 'token', id: 'any' }])).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('gets over one failure by itself', async () => {
    engine.misbehave((_, count) => (count === 1 ? 'failing' : undefined));
    expect(await find()).toEqual([]);
  });
});

describe('appending usage', () => {
  it('is one PutItem, that expires when its retention is over', async () => {
    table.takeOperations();
    await usageWriter(ledger()).append(record({ requestId: 'put' }));
    expect(table.takeOperations()).toEqual(['PutItem']);
    const item = (await table.items()).find(({ requestId }) => requestId === 'put');
    expect(item?.expiresAt).toBe(NOW / 1000 + RETENTION);
  });

  it('writes the same call over itself', async () => {
    for (const latency of [3, 5, 8]) {
      await usageWriter(ledger()).append(record({ requestId: 'again', sub: 'retrier', latency }));
    }
    expect(await usageReader(ledger()).recordsOf('retrier', hourOf(NOW))).toEqual([
      record({ requestId: 'again', sub: 'retrier', latency: 8 }),
    ]);
  });
});

describe('appending an issued token', () => {
  const login = record({ requestId: 'login', sub: 'reader', route: 'POST /auth' });

  it('writes token, lists and record in one BatchWriteItem: four items, of less than a kilobyte each', async () => {
    table.takeOperations();
    await issuanceWriter(ledger()).append(issued, login);
    expect(table.takeOperations()).toEqual(['BatchWriteItem']);
    expect(await usageReader(ledger()).recordsOf('reader', hourOf(NOW))).toEqual([login]);
    const item = (await table.items()).find(({ pk }) => pk === 'TOKEN#jti-issued');
    expect(item).toMatchObject({ ...issued, expiresAt: iat + RETENTION });
    expect(parseIssuedToken(item)).toEqual(issued);
    const all = (await table.items()).filter(({ jti }) => jti === 'jti-issued');
    const { jti, exp, sub, clientId, credentialId, grantType } = issued;
    const entry = { jti, iat, exp, sub, clientId, credentialId, grantType };
    const expiresAt = iat + RETENTION;
    for (const pk of ['CREDENTIAL#reader#abcd1234', 'TXN#txn-issued']) {
      expect(all).toContainEqual({ pk, sk: 'jti-issued', ...entry, expiresAt });
    }
    expect(all.map(({ pk }) => pk)).toHaveLength(3);
    for (const one of all) expect(JSON.stringify(one).length).toBeLessThan(1024);
  });

  it('tries what was left over again, a few times', async () => {
    engine.misbehave((_, count) => (count < 3 ? 'unprocessed' : undefined));
    await issuanceWriter(unreliableLedger()).append({ ...issued, jti: 'late' }, login);
    expect((await table.items()).some(({ pk }) => pk === 'TOKEN#late')).toBe(true);
  });

  it('is StoreUnavailable where it stays left over', async () => {
    engine.misbehave(() => 'unprocessed');
    await expect(issuanceWriter(unreliableLedger()).append(issued, login)).rejects.toBeInstanceOf(
      StoreUnavailable,
    );
  });
});

describe('reading usage', () => {
  it('gives all records of the subject in the hour, from every shard and page, and no others', async () => {
    // Long enough that a shard has more than the megabyte that one page holds.
    const route = `GET /${'x'.repeat(120_000)}`;
    const written = Array.from({ length: 100 }, (_, i) =>
      record({ requestId: `page-${i}`, sub: 'pager', at: NOW + i, route }),
    );
    await Promise.all(written.map((one) => usageWriter(ledger()).append(one)));
    await usageWriter(ledger()).append(record({ sub: 'pager', at: NOW + HOUR }));
    await usageWriter(ledger()).append(record({ sub: 'pager2' }));
    table.takeOperations();
    const found = await usageReader(ledger()).recordsOf('pager', hourOf(NOW));
    expect(found.map(({ requestId }) => requestId).sort()).toEqual(
      written.map(({ requestId }) => requestId).sort(),
    );
    expect(table.takeOperations().length).toBeGreaterThan(USAGE_SHARDS);
  });

  it.each(['a', 'a#b', 'a%23b', 'é', '😀'])('keeps the subject %s apart from all others', async (sub) => {
    await usageWriter(ledger()).append(record({ sub, requestId: `apart-${sub}` }));
    const found = await usageReader(ledger()).recordsOf(sub, hourOf(NOW));
    expect(found).toEqual([record({ sub, requestId: `apart-${sub}` })]);
  });

  it('throws for a record that is none, with its key', async () => {
    await usageWriter(ledger()).append({ ...record({ sub: 'broken' }), status: 'fine' as unknown as number });
    await expect(usageReader(ledger()).recordsOf('broken', hourOf(NOW))).rejects.toThrow(
      /^corrupt item USAGE#2026-11-22T12#\d \/ broken#.*: status$/,
    );
  });
});
