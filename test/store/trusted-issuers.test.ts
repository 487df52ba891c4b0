import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { TrustedIssuer } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { clientItem, issuerKey } from '../../lambdas/store/items.ts';
import { trustReader, trustRegistry } from '../../lambdas/store/trusted-issuers.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';

let table: TestTable;
let registry: ReturnType<typeof trustRegistry>;
let reader: ReturnType<typeof trustReader>;

beforeAll(async () => {
  table = await createTestTable();
  const access = { client: table.client, table: table.name };
  registry = trustRegistry(access);
  reader = trustReader(access);
});
beforeEach(() => table.takeOperations());
afterAll(() => table.close());

const trusted = (issuer: string, changes: Partial<TrustedIssuer> = {}): TrustedIssuer => ({
  issuer,
  state: 'active',
  keys: { kind: 'discovery' },
  algorithms: ['RS256'],
  audiences: ['https://api.example.com'],
  singleUse: true,
  mappings: [
    {
      match: { '/realm_access/roles': ['a', 'b*'] },
      clientId: 'ci',
      subject: 'kc:{sub}',
      tenant: '{org}',
      scopes: ['read:products'],
      roles: [],
      scopesFrom: { claim: 'groups', values: { 'a b': ['write:products'] } },
      rolesFrom: { claim: 'groups', values: {} },
      claims: { userID: '{email}' },
      tokenLifetime: 600,
    },
  ],
  ...changes,
});

describe('the trusted issuers', () => {
  it('come back as they were put, each for one strongly consistent read', async () => {
    const all = [
      trusted('https://a.example.net'),
      trusted('https://b.example.net/', { keys: { kind: 'jwks_uri', uri: 'https://b.example.net/k' } }),
      trusted('https://c.example.net/#%25', {
        keys: { kind: 'jwks', jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] } },
        state: 'disabled',
      }),
    ];
    for (const one of all) {
      expect(await registry.put(one)).toMatchObject({ outcome: 'created' });
      expect(await reader.find(one.issuer)).toEqual(one);
    }
    expect(table.takeOperations()).toEqual(Array(3).fill(['PutItem', 'GetItem']).flat());
    expect(await registry.list()).toMatchObject(all);
    expect(table.takeOperations()).toEqual(['Query']);
  });

  it('are replaced whole, and say so', async () => {
    const one = trusted('https://changed.example.net');
    await registry.put(one);
    const { tenant: _, ...mapping } = one.mappings[0] as TrustedIssuer['mappings'][number];
    expect(await registry.put({ ...one, mappings: [mapping] })).toMatchObject({ outcome: 'changed' });
    expect(await reader.find(one.issuer)).toEqual({ ...one, mappings: [mapping] });
  });

  it('are removed once', async () => {
    await registry.put(trusted('https://removed.example.net'));
    expect(await registry.remove('https://removed.example.net')).toBe('removed');
    expect(await registry.remove('https://removed.example.net')).toBe('unknown');
    expect(await reader.find('https://removed.example.net')).toBeUndefined();
  });

  it('are told apart by every character of their names', async () => {
    await registry.put(trusted('https://d.example.net'));
    for (const other of ['https://d.example.net/', 'https://D.example.net', 'https://d.example.ne', '#']) {
      expect(await reader.find(other)).toBeUndefined();
    }
  });

  it('have keys that DynamoDB takes, whatever the longest name', async () => {
    const longest = 'https://'.padEnd(255, '/');
    expect(Buffer.byteLength(issuerKey(longest).sk)).toBeLessThan(1024);
    expect(await registry.put(trusted(longest))).toMatchObject({ outcome: 'created' });
    expect(await registry.remove(longest)).toBe('removed');
  });

  it('are listed to the last one, over as many pages as it takes', async () => {
    const patterns = Array.from({ length: 250 }, (_, index) => String(index).padEnd(240, 'x'));
    const large = (n: number) => {
      const issuer = `https://large.example.net/${n}`;
      const { mappings, ...rest } = trusted(issuer);
      return { ...rest, mappings: mappings.map((mapping) => ({ ...mapping, match: { sub: patterns } })) };
    };
    const names = Array.from({ length: 20 }, (_, n) => large(n));
    await Promise.all(names.map((one) => registry.put(one)));
    table.takeOperations();
    const listed = (await registry.list()).map(({ issuer }) => issuer);
    expect(listed).toEqual(expect.arrayContaining(names.map(({ issuer }) => issuer)));
    expect(table.takeOperations().length).toBeGreaterThan(1);
  });

  it('know which clients there are', async () => {
    const client = {
      ...{ clientId: 'ci', name: 'CI', kind: 'service' as const, state: 'active' as const, scopes: [] },
      ...{ roles: [], allowedClaims: [], createdAt: NOW },
    };
    await table.client.send(new PutCommand({ TableName: table.name, Item: clientItem(client) }));
    table.takeOperations();
    expect(await registry.clients(['ci', 'gone', 'other'])).toMatchObject([{ clientId: 'ci' }]);
    expect(table.takeOperations()).toEqual(['GetItem', 'GetItem', 'GetItem']);
  });

  it('of which one is corrupt are an error with its key, not an absence', async () => {
    const key = issuerKey('https://corrupt.example.net');
    const Item = { ...trusted('https://corrupt.example.net'), ...key, mappings: 'all' };
    await table.client.send(new PutCommand({ TableName: table.name, Item }));
    const corrupt = /^corrupt item ISSUERS \/ ISSUER#https%3A%2F%2Fcorrupt.example.net: mappings$/;
    await expect(reader.find('https://corrupt.example.net')).rejects.toThrow(corrupt);
    await expect(registry.list()).rejects.toThrow(corrupt);
    expect(await registry.remove('https://corrupt.example.net')).toBe('removed');
  });

  it('that cannot be read are unavailable', async () => {
    const down = documentClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: testCredentials,
      maxAttempts: 1,
    });
    const access = { client: down, table: table.name };
    await expect(trustReader(access).find('https://a.example.net')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(trustRegistry(access).list()).rejects.toBeInstanceOf(StoreUnavailable);
    down.destroy();
  });
});
