import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client, SecretCredential } from '../../lambdas/domain/client.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { clientRegistry } from '../../lambdas/store/client-registry.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { parseClient, parseCredential } from '../../lambdas/store/items.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { type Fate, type FaultyEngine, faultyEngine, type Operation } from './faulty-engine.ts';

let table: TestTable;
let creations = 0;
const open: (FaultyEngine | { destroy(): void })[] = [];
beforeAll(async () => {
  table = await createTestTable();
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await ('close' in each ? each.close() : each.destroy());
});
afterAll(() => table.close());

const newCreationId = () => `creation-${creations++}`;
const registryAt = (endpoint: string, maxAttempts = 2) => {
  const client = documentClient({ endpoint, region: 'us-east-1', credentials: testCredentials, maxAttempts });
  open.push(client);
  return clientRegistry({ client, table: table.name }, newCreationId);
};
const healthy = () => registryAt(table.endpoint);
const faulty = async (fateOf: (operation: Operation) => Fate) => {
  const engine = await faultyEngine(table.endpoint, fateOf);
  open.push(engine);
  return { engine, registry: registryAt(engine.endpoint) };
};

const client = (clientId: string): Client => ({
  clientId,
  name: 'CI',
  kind: 'service',
  state: 'active',
  scopes: ['read:products'],
  roles: [],
  allowedClaims: [],
  createdAt: NOW,
});
const credential = (
  clientId: string,
  credentialId: string,
  of: Partial<SecretCredential> = {},
): SecretCredential => ({
  clientId,
  credentialId,
  kind: 'api_key',
  hash: 'ab'.repeat(32),
  state: 'active',
  createdAt: NOW,
  ...of,
});
const both = (clientId: string, prefix: string): SecretCredential[] => [
  credential(clientId, `${prefix}-secret`, { kind: 'client_secret' }),
  credential(clientId, `${prefix}-key`),
];
const itemsOf = async (clientId: string) =>
  (await table.items()).filter(({ pk }) => pk === `CLIENT#${clientId}`);

describe('create', () => {
  it('writes the client and its credentials, as they are read', async () => {
    expect(await healthy().create(client('whole'), both('whole', 'a'))).toBe('created');
    const [one, two, three] = await itemsOf('whole');
    expect(parseClient(one)).toEqual(client('whole'));
    expect(parseCredential(two)).toEqual(credential('whole', 'a-key'));
    expect(parseCredential(three)).toEqual(credential('whole', 'a-secret', { kind: 'client_secret' }));
  });

  it('says that the client exists, and changes nothing', async () => {
    await healthy().create(client('taken'), both('taken', 'a'));
    const before = await itemsOf('taken');
    expect(await healthy().create({ ...client('taken'), name: 'B' }, both('taken', 'b'))).toBe('exists');
    expect(await itemsOf('taken')).toEqual(before);
  });

  it('lets one of many at once win, with its own credentials only', async () => {
    const registry = healthy();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => registry.create(client('race'), both('race', `n${n}`))),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    const items = await itemsOf('race');
    expect(items).toHaveLength(3);
    expect(new Set(items.map(({ creation }) => creation))).toHaveProperty('size', 1);
  });

  it('knows its own client again when the answer got lost and the put is repeated', async () => {
    const { registry } = await faulty(({ before }) => (before === 0 ? 'answer lost' : 'answered'));
    expect(await registry.create(client('repeated'), both('repeated', 'a'))).toBe('created');
    expect(await itemsOf('repeated')).toHaveLength(3);
  });
});

describe('create, when the directory fails', () => {
  it('says so where nothing answers', async () => {
    const registry = registryAt('http://127.0.0.1:1');
    await expect(registry.create(client('none'), both('none', 'a'))).rejects.toThrow(StoreUnavailable);
  });

  it.each<Fate>(['lost', 'answer lost'])('leaves nothing behind when a credential is %s', async (fate) => {
    const { registry } = await faulty(({ name, sk }) =>
      name === 'PutItem' && sk.endsWith('-key') ? fate : 'answered',
    );
    const creation = registry.create(client('undone'), both('undone', 'a'));
    await expect(creation).rejects.toThrow(StoreUnavailable);
    expect(await itemsOf('undone')).toEqual([]);
  });

  it('leaves nothing behind when it cannot know whether the client was written', async () => {
    const { registry } = await faulty(({ name }) => (name === 'PutItem' ? 'answer lost' : 'answered'));
    await expect(registry.create(client('unknown'), [])).rejects.toThrow(StoreUnavailable);
    expect(await itemsOf('unknown')).toEqual([]);
  });

  it("does not undo another creation's client", async () => {
    await healthy().create(client('theirs'), both('theirs', 'a'));
    const before = await itemsOf('theirs');
    const { registry } = await faulty(({ name }) => (name === 'PutItem' ? 'lost' : 'answered'));
    await expect(registry.create(client('theirs'), both('theirs', 'b'))).rejects.toThrow(StoreUnavailable);
    expect(await itemsOf('theirs')).toEqual(before);
  });

  const stops = [0, 1, 2, 3, 4].flatMap((at) =>
    (['lost', 'answer lost'] as const).map((fate) => ({ at, fate })),
  );
  it.each(stops)(
    'lets no client have a credential of another creation: dead from request $at on, $fate',
    async ({ at, fate }) => {
      const id = `dead-${at}-${fate.replace(' ', '-')}`;
      const { registry } = await faulty(({ before }) => (before < at ? 'answered' : fate));
      const first = await registry.create(client(id), both(id, 'a')).catch((error) => error);
      const second = await healthy().create(client(id), both(id, 'b'));
      const items = await itemsOf(id);
      const owner = items.find(({ sk }) => sk === 'CLIENT')?.creation;
      if (second === 'created') expect(items).toHaveLength(3);
      else expect(items.some(({ sk }) => sk.startsWith('CREDENTIAL#b'))).toBe(false);
      expect(items.every(({ creation }) => creation === owner)).toBe(true);
      expect(first === 'created' || first instanceof StoreUnavailable).toBe(true);
    },
  );

  it('keeps a password that is written late from replacing that of a newer creation', async () => {
    const password = (createdAt: number, hash: string) =>
      credential('late', 'password', { kind: 'password', createdAt, hash });
    const { engine, registry } = await faulty(({ name, sk }) =>
      name === 'PutItem' && sk === 'CREDENTIAL#password' ? 'late' : 'answered',
    );
    await expect(registry.create(client('late'), [password(NOW, 'old')])).rejects.toThrow(StoreUnavailable);
    expect(await healthy().create(client('late'), [password(NOW + 1, 'new')])).toBe('created');
    await engine.deliver();
    expect(await itemsOf('late')).toMatchObject([{ sk: 'CLIENT' }, { hash: 'new' }]);
  });
});
