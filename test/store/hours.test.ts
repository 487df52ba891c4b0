/** All records of an hour as one sequence. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { hourOf, shardOf, USAGE_SHARDS, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { hourReader } from '../../lambdas/store/hours.ts';
import { usageItem, usageKey } from '../../lambdas/store/items.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { RETENTION, usageRecord } from '../support/ledger.ts';
import { listOf } from '../support/list-of.ts';
import { type UnreliableEngine, unreliable } from '../support/unreliable.ts';

let table: TestTable;
let engine: UnreliableEngine;
beforeAll(async () => {
  table = await createTestTable();
  engine = await unreliable(table.endpoint);
});
afterEach(() => engine.misbehave(() => undefined));
afterAll(async () => {
  await engine.close();
  await table.close();
});

const put = (record: UsageRecord, changes: Record<string, unknown> = {}) =>
  table.client.send(
    new PutCommand({ TableName: table.name, Item: { ...usageItem(record, RETENTION), ...changes } }),
  );

const read = (at: number, pageSize?: number) =>
  listOf(hourReader({ client: table.client, table: table.name }, pageSize).recordsIn(hourOf(at)));

describe('the records of an hour', () => {
  it('are those of all shards in the order of their sort keys: one subject after another', async () => {
    const at = NOW;
    const subs = ['bob', 'alice', 'alice!', 'alice#x', 'a%23lice', 'a/b', 'Ünï', '😀', 'alice'];
    const records = subs.flatMap((sub, index) =>
      [1, 2, 3, 4].map((call) => usageRecord({ at: at + call, sub, requestId: `order-${index}-${call}` })),
    );
    for (const record of records) await put(record);
    const sorted = records.toSorted((one, other) => (usageKey(one).sk < usageKey(other).sk ? -1 : 1));
    const found = await read(at);
    expect(found).toEqual(sorted);
    expect(new Set(records.map(({ requestId }) => shardOf(requestId))).size).toBe(USAGE_SHARDS);
    const changes = found.filter(({ sub }, index) => sub !== found[index - 1]?.sub);
    expect(changes).toHaveLength(new Set(subs).size);
  });

  it('are none in an hour without records: a query a shard', async () => {
    table.takeOperations();
    expect(await read(NOW + 100 * HOUR)).toEqual([]);
    expect(table.takeOperations()).toEqual(Array.from({ length: USAGE_SHARDS }, () => 'Query'));
  });

  it('are never held all at once: at most a page of each shard', async () => {
    const at = NOW + HOUR;
    const count = 160;
    const records = Array.from({ length: count }, (_, index) =>
      usageRecord({ at, sub: `sub-${index % 7}`, requestId: `pages-${index}` }),
    );
    await Promise.all(records.map((record) => put(record)));
    const pageSize = 3;
    let held = 0;
    let most = 0;
    const client = counting(table, (items) => {
      held += items;
    });
    for await (const _ of hourReader({ client, table: table.name }, pageSize).recordsIn(hourOf(at))) {
      most = Math.max(most, held);
      held -= 1;
    }
    expect(held).toBe(0);
    expect(most).toBeLessThanOrEqual(pageSize * USAGE_SHARDS);
  });

  it('throw with the key of one that has not its shape, or lies where it does not belong', async () => {
    await put(usageRecord({ at: NOW + 2 * HOUR, requestId: 'corrupt' }), { status: 'fine' });
    await expect(read(NOW + 2 * HOUR)).rejects.toThrow(
      /^corrupt item USAGE#2026-11-22T14#\d \/ alice#.*status$/,
    );
    await put(usageRecord({ at: NOW + 3 * HOUR, requestId: 'misplaced' }), { sub: 'bob' });
    await expect(read(NOW + 3 * HOUR)).rejects.toThrow(/^corrupt item .* does not belong there$/);
  });

  it('are not to be had while one shard cannot be read', async () => {
    engine.misbehave((operation, count) => (operation === 'Query' && count >= 5 ? 'failing' : undefined));
    const client = documentClient({
      ...{ endpoint: engine.endpoint, region: 'us-east-1', credentials: testCredentials, maxAttempts: 1 },
    });
    const records = hourReader({ client, table: table.name }).recordsIn(hourOf(NOW));
    await expect(listOf(records)).rejects.toThrow(StoreUnavailable);
  });
});

/** A client that tells how many items each page has that it was given. */
function counting({ endpoint }: TestTable, got: (items: number) => void) {
  const client = documentClient({ endpoint, region: 'us-east-1', credentials: testCredentials });
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      got((answer.output as { Count?: number }).Count ?? 0);
      return answer;
    },
    { step: 'initialize' },
  );
  return client;
}
