import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client, Credential } from '../../lambdas/domain/client.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { directory } from '../../lambdas/store/directory.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { attemptsKey, clientItem, clientKey, credentialItem } from '../../lambdas/store/items.ts';
import { DAY, NOW, SECOND } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';

const client: Client = {
  clientId: 'reader',
  name: 'Reader',
  kind: 'service',
  state: 'active',
  scopes: ['read:products'],
  roles: [],
  tenant: 'acme',
  allowedClaims: [],
  tokenLifetime: 300,
  createdAt: NOW,
};
const credential: Credential = {
  clientId: 'reader',
  credentialId: 'abcd1234',
  kind: 'api_key',
  hash: 'a'.repeat(64),
  state: 'active',
  createdAt: NOW,
  validUntil: NOW + DAY,
};

let table: TestTable;
let store: ReturnType<typeof directory>;

beforeAll(async () => {
  table = await createTestTable();
  store = directory({ client: table.client, table: table.name });
});
afterEach(() => void table.takeOperations());
afterAll(() => table.close());

const put = (Item: Record<string, unknown>) =>
  table.client.send(new PutCommand({ TableName: table.name, Item }));
const attemptsOf = async (clientId: string) => (await store.lookUp(clientId, 'x')).attempts;

describe('the directory', () => {
  describe('looks up', () => {
    it('client, credential and failures with one read, whatever is there', async () => {
      await Promise.all([put(clientItem(client)), put(credentialItem(credential))]);
      await store.countFailure('reader', NOW);
      table.takeOperations();
      expect(await store.lookUp('reader', 'abcd1234')).toEqual({
        client,
        credential,
        attempts: { count: 1, lastAt: NOW },
      });
      expect(await store.lookUp('nobody', 'abcd1234')).toEqual({});
      expect(table.takeOperations()).toEqual(['BatchGetItem', 'BatchGetItem']);
    });

    it('what is there now, not a moment ago', async () => {
      const inputs: unknown[] = [];
      table.client.middlewareStack.add(
        (next) => (args) => {
          inputs.push(args.input);
          return next(args);
        },
        { step: 'initialize', name: 'remember' },
      );
      await store.lookUp('reader', 'abcd1234');
      table.client.middlewareStack.remove('remember');
      const request = { ConsistentRead: true, Keys: { length: 3 } };
      expect(inputs[0]).toMatchObject({ RequestItems: { [table.name]: request } });
    });

    it('only what was asked for', async () => {
      expect(await store.lookUp('reader', 'abcd1235')).not.toHaveProperty('credential');
      expect(await store.lookUp('reade', 'r#CREDENTIAL#abcd1234')).toEqual({});
      expect(await store.lookUp('nobody', 'password')).toEqual({});
    });

    it('nothing that has not its shape: it throws, with the key', async () => {
      await put({ ...clientItem({ ...client, clientId: 'corrupt' }), state: 'maybe' });
      await expect(store.lookUp('corrupt', 'abcd1234')).rejects.toThrow(
        'corrupt item CLIENT#corrupt / CLIENT: state',
      );
      await put({ ...credentialItem({ ...credential, clientId: 'half' }), hash: undefined });
      await expect(store.lookUp('half', 'abcd1234')).rejects.toThrow('corrupt item');
      await put({ ...attemptsKey('bent'), count: 'many', lastAt: NOW });
      await expect(store.lookUp('bent', 'abcd1234')).rejects.toThrow('corrupt item');
    });
  });

  describe('counts failures', () => {
    it('with one update, that expires a day after the last', async () => {
      await store.countFailure('guessed', NOW);
      await store.countFailure('guessed', NOW + 5 * SECOND);
      expect(table.takeOperations()).toEqual(['UpdateItem', 'UpdateItem']);
      expect(await attemptsOf('guessed')).toEqual({ count: 2, lastAt: NOW + 5 * SECOND });
      const items = await table.items();
      expect(items.find(({ pk }) => pk === attemptsKey('guessed').pk)).toMatchObject({
        expiresAt: (NOW + 5 * SECOND + DAY) / SECOND,
      });
    });

    it('of ids that nobody has', async () => {
      await store.countFailure('nobody-at-all', NOW);
      expect(await store.lookUp('nobody-at-all', 'password')).toEqual({
        attempts: { count: 1, lastAt: NOW },
      });
    });

    it('all of them, when they come at once', async () => {
      await Promise.all(Array.from({ length: 100 }, () => store.countFailure('crowd', NOW)));
      expect(await attemptsOf('crowd')).toEqual({ count: 100, lastAt: NOW });
    });

    it('from one again, when the earlier ones have lapsed but are still there', async () => {
      for (let i = 0; i < 7; i++) await store.countFailure('patient', NOW);
      await store.countFailure('patient', NOW + DAY - 1);
      expect(await attemptsOf('patient')).toMatchObject({ count: 8 });
      await store.countFailure('patient', NOW + 2 * DAY);
      expect(await attemptsOf('patient')).toEqual({ count: 1, lastAt: NOW + 2 * DAY });
    });

    it('from one again, and loses none, when many restart at once', async () => {
      await store.countFailure('restart', NOW);
      await Promise.all(Array.from({ length: 20 }, () => store.countFailure('restart', NOW + 2 * DAY)));
      expect(await attemptsOf('restart')).toEqual({ count: 20, lastAt: NOW + 2 * DAY });
    });

    it('never in a partition of a client', async () => {
      const before = (await table.items()).filter(({ pk }) => String(pk).startsWith('CLIENT#')).length;
      await store.countFailure('new-one', NOW);
      expect((await table.items()).filter(({ pk }) => String(pk).startsWith('CLIENT#'))).toHaveLength(before);
      expect(attemptsKey('new-one').pk).not.toBe(clientKey('new-one').pk);
    });
  });

  it('forgets failures', async () => {
    await store.countFailure('forgiven', NOW);
    table.takeOperations();
    await store.clearFailures('forgiven');
    await store.clearFailures('forgiven');
    expect(table.takeOperations()).toEqual(['DeleteItem', 'DeleteItem']);
    expect(await attemptsOf('forgiven')).toBeUndefined();
  });

  describe('concludes nothing', () => {
    const at = (endpoint: string) =>
      directory({
        client: documentClient({
          endpoint,
          region: 'us-east-1',
          credentials: testCredentials,
          maxAttempts: 1,
        }),
        table: table.name,
      });

    it('where DynamoDB cannot be reached', async () => {
      const unreachable = at('http://127.0.0.1:1');
      await expect(unreachable.lookUp('reader', 'abcd1234')).rejects.toThrow(StoreUnavailable);
      await expect(unreachable.countFailure('reader', NOW)).rejects.toThrow(StoreUnavailable);
      await expect(unreachable.clearFailures('reader')).rejects.toThrow(StoreUnavailable);
    });

    it('where it left keys unprocessed', async () => {
      const Keys = [{ pk: { S: 'ATTEMPTS#reader' }, sk: { S: 'ATTEMPTS' } }];
      const server = createServer((_, response) => {
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        response.end(JSON.stringify({ Responses: {}, UnprocessedKeys: { [table.name]: { Keys } } }));
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const { port } = server.address() as AddressInfo;
      await expect(at(`http://127.0.0.1:${port}`).lookUp('reader', 'abcd1234')).rejects.toThrow(
        StoreUnavailable,
      );
      server.closeAllConnections();
      server.close();
    });
  });
});
