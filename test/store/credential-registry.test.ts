import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  Client,
  Credential,
  PublicKeyCredential,
  SecretCredential,
} from '../../lambdas/domain/client.ts';
import { isUsable } from '../../lambdas/domain/client.ts';
import type { Creation, EndedCredential } from '../../lambdas/domain/client-ports.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { clientRegistry } from '../../lambdas/store/client-registry.ts';
import { credentialRegistry } from '../../lambdas/store/credential-registry.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { credentialKey, parseCredential } from '../../lambdas/store/items.ts';
import { DAY, HOUR, NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { type Fate, type FaultyEngine, faultyEngine, type Operation } from './faulty-engine.ts';

let table: TestTable;
let creations = 0;
let clients = 0;
const open: (FaultyEngine | { destroy(): void })[] = [];
beforeAll(async () => {
  table = await createTestTable();
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await ('close' in each ? each.close() : each.destroy());
});
afterAll(() => table.close());

const newCreationId = () => `creation-${creations++}`;
const registryAt = (endpoint: string) => {
  const client = documentClient({
    ...{ endpoint, region: 'us-east-1', credentials: testCredentials, maxAttempts: 2 },
  });
  open.push(client);
  const registry = credentialRegistry({ client, table: table.name }, newCreationId);
  const healthyRegistry = credentialRegistry({ client: table.client, table: table.name }, newCreationId);
  const add = async (credential: Credential, ...others: [EndedCredential?, Creation?]) => {
    const found = await healthyRegistry.find(credential.clientId);
    if (found.client === undefined) throw new Error('no client');
    return registry.add(found.client, credential, ...others);
  };
  return { ...registry, add };
};
const healthy = () => registryAt(table.endpoint);
const faulty = async (fateOf: (operation: Operation) => Fate) => {
  const engine = await faultyEngine(table.endpoint, fateOf);
  open.push(engine);
  return { engine, registry: registryAt(engine.endpoint) };
};

const OLD = 'oldkey00';
const facts = { state: 'active', createdAt: NOW } as const;
const secret = (clientId: string, credentialId: string): SecretCredential => ({
  ...{ ...facts, clientId, credentialId, kind: 'api_key', hash: 'ab'.repeat(32) },
});
const publicKey = (clientId: string, credentialId: string): PublicKeyCredential => ({
  ...{ ...facts, clientId, credentialId, kind: 'public_key', jwk: { kty: 'OKP' } },
});

/** A client with one credential. @returns its id */
async function aClient(): Promise<string> {
  const clientId = `client-${clients++}`;
  const client: Client = {
    ...{ ...facts, clientId, name: 'CI', kind: 'service', scopes: [], roles: [], allowedClaims: [] },
  };
  const directory = { client: table.client, table: table.name };
  await clientRegistry(directory, newCreationId).create(client, [secret(clientId, OLD)]);
  return clientId;
}

const credentialsOf = async (clientId: string): Promise<Credential[]> =>
  (await table.items())
    .filter(({ pk, sk }) => pk === `CLIENT#${clientId}` && sk !== 'CLIENT')
    .map((item) => parseCredential(item));
const find = async (clientId: string, id: string) =>
  (await credentialsOf(clientId)).find(({ credentialId }) => credentialId === id);

describe('find', () => {
  it('tells the client and the credential that was asked for, or that there is none', async () => {
    const clientId = await aClient();
    expect(await healthy().find(clientId, OLD)).toMatchObject({
      client: { client: { clientId } },
      credential: { credential: { credentialId: OLD } },
    });
    expect(await healthy().find(clientId)).toMatchObject({ client: { client: { clientId } } });
    expect(await healthy().find(clientId, 'unknown0')).not.toHaveProperty('credential');
    expect(await healthy().find('nobody', OLD)).toEqual({});
  });
});

describe('add', () => {
  it('writes the credential, and forgets one that ends some time after its end', async () => {
    const clientId = await aClient();
    const added = { ...secret(clientId, 'newkey00'), validUntil: NOW + HOUR };
    expect(await healthy().add(added)).toEqual({ outcome: 'added', revision: expect.any(String) });
    expect(await find(clientId, 'newkey00')).toEqual(added);
    const item = (await table.items()).find(
      ({ sk, pk }) => pk === `CLIENT#${clientId}` && sk.endsWith('newkey00'),
    );
    expect(item?.expiresAt).toBe((NOW + HOUR + 90 * DAY) / 1000);
  });

  it('lets one of many keys with one id win, and ends nothing for the others', async () => {
    const clientId = await aClient();
    const registry = healthy();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => registry.add(publicKey(clientId, 'the-key'))),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'added')).toHaveLength(1);
    const taken = await registry.add(publicKey(clientId, 'the-key'), { credentialId: OLD, until: NOW });
    expect(taken).toEqual({ outcome: 'taken' });
    expect(await find(clientId, OLD)).not.toHaveProperty('validUntil');
  });

  it('brings an end forward, and never back, of all replacements at once to the earliest', async () => {
    const clientId = await aClient();
    const registry = healthy();
    const ends = [5, 3, 1, 4, 2].map((hours) => NOW + hours * HOUR);
    const added = await Promise.all(
      ends.map((until, n) => registry.add(secret(clientId, `newkey0${n}`), { credentialId: OLD, until })),
    );
    expect(await find(clientId, OLD)).toMatchObject({ validUntil: NOW + HOUR });
    expect(await credentialsOf(clientId)).toHaveLength(6);
    for (const [n, each] of added.entries()) {
      expect(each.outcome === 'added' && each.endedAt).toBeLessThanOrEqual(ends[n] ?? 0);
    }
    const later = await registry.add(secret(clientId, 'newkey99'), { credentialId: OLD, until: NOW + DAY });
    expect(later).toMatchObject({ outcome: 'added', endedAt: NOW + HOUR });
  });

  it('ends what is gone meanwhile, and does not make it anew', async () => {
    const clientId = await aClient();
    const ended = { credentialId: 'goneby00', until: NOW };
    expect(await healthy().add(secret(clientId, 'newkey00'), ended)).toEqual({
      outcome: 'added',
      revision: expect.any(String),
      endedAt: NOW,
    });
    expect(await find(clientId, 'goneby00')).toBeUndefined();
  });

  it('leaves a disabled credential disabled', async () => {
    const clientId = await aClient();
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: credentialKey(clientId, OLD),
        UpdateExpression: 'SET #state = :disabled',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':disabled': 'disabled' },
      }),
    );
    await healthy().add(secret(clientId, 'newkey00'), { credentialId: OLD, until: NOW + HOUR });
    expect(await find(clientId, OLD)).toMatchObject({ state: 'disabled', validUntil: NOW + HOUR });
  });

  it.each(['PutItem', 'UpdateItem'])('goes on where the answer to a %s got lost', async (name) => {
    const clientId = await aClient();
    let lost = 0;
    const { registry } = await faulty((operation) =>
      operation.name === name && lost++ === 0 ? 'answer lost' : 'answered',
    );
    const ended = { credentialId: OLD, until: NOW + HOUR };
    expect(await registry.add(secret(clientId, 'newkey00'), ended)).toEqual({
      outcome: 'added',
      revision: expect.any(String),
      endedAt: NOW + HOUR,
    });
    expect(await credentialsOf(clientId)).toHaveLength(2);
  });
});

describe('add, when the directory fails', () => {
  const stops = [0, 1, 2, 3, 4].flatMap((at) =>
    (['lost', 'answer lost'] as const).map((fate) => ({ at, fate })),
  );

  it.each(stops)(
    'never takes the overlap from a client: dead from request $at on, $fate',
    async ({ at, fate }) => {
      const clientId = await aClient();
      const { registry } = await faulty(({ before }) => (before < at ? 'answered' : fate));
      const until = NOW + HOUR;
      const added = await registry
        .add(secret(clientId, 'newkey00'), { credentialId: OLD, until })
        .catch((error) => error);
      const old = await find(clientId, OLD);
      expect(old !== undefined && isUsable(old, until - 1)).toBe(true);
      if (added instanceof StoreUnavailable) return;
      expect(added).toMatchObject({ outcome: 'added', endedAt: until });
      expect(old).toMatchObject({ validUntil: until });
      expect(await find(clientId, 'newkey00')).toBeDefined();
    },
  );

  it.each<Fate>(['lost', 'answer lost'])(
    'takes a secret back that nobody was told: the cut is %s',
    async (fate) => {
      const clientId = await aClient();
      const { registry } = await faulty(({ name }) => (name === 'UpdateItem' ? fate : 'answered'));
      const added = registry.add(secret(clientId, 'newkey00'), { credentialId: OLD, until: NOW });
      await expect(added).rejects.toThrow(StoreUnavailable);
      expect(await find(clientId, 'newkey00')).toBeUndefined();
    },
  );

  it('leaves a client the public key that was put, where it may have no other credential any more', async () => {
    const clientId = await aClient();
    const { registry } = await faulty(({ name }) => (name === 'UpdateItem' ? 'answer lost' : 'answered'));
    const added = registry.add(publicKey(clientId, 'new-key'), { credentialId: OLD, until: NOW });
    await expect(added).rejects.toThrow(StoreUnavailable);
    expect(await find(clientId, OLD)).toMatchObject({ validUntil: NOW });
    expect(await find(clientId, 'new-key')).toBeDefined();
  });

  it('takes a public key back where it cannot know whether it was written, and ends nothing', async () => {
    const clientId = await aClient();
    const { registry } = await faulty(({ name }) => (name === 'PutItem' ? 'answer lost' : 'answered'));
    const added = registry.add(publicKey(clientId, 'new-key'), { credentialId: OLD, until: NOW });
    await expect(added).rejects.toThrow(StoreUnavailable);
    expect(await credentialsOf(clientId)).toEqual([secret(clientId, OLD)]);
  });

  it("does not take back another one's key of the same id", async () => {
    const clientId = await aClient();
    await healthy().add(publicKey(clientId, 'the-key'));
    const { registry } = await faulty(({ name }) => (name === 'PutItem' ? 'lost' : 'answered'));
    await expect(registry.add(publicKey(clientId, 'the-key'))).rejects.toThrow(StoreUnavailable);
    expect(await find(clientId, 'the-key')).toBeDefined();
  });
});
