import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BudgetOf, Spending } from '../../lambdas/domain/ledger/budget.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { budgetReader, budgetRegistry, spendingWriter } from '../../lambdas/store/budgets.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { budgetKey } from '../../lambdas/store/items.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';

let table: TestTable;
let made = 0;
beforeAll(async () => {
  table = await createTestTable();
});
beforeEach(() => {
  table.takeOperations();
});
afterAll(() => table.close());

const ledger = () => ({ client: table.client, table: table.name });
const another = (): BudgetOf => ({ kind: 'client', id: `client-${++made}` });
const spending = (cost: number): Spending => ({
  ...{ at: NOW, recent: cost },
  day: { date: '2026-11-22', cost },
  month: { month: '2026-11', cost },
});

describe('the reader of budgets', () => {
  it('finds those that there are by one read', async () => {
    const [one, none] = [another(), another()];
    await budgetRegistry(ledger()).set(one, { day: 5 });
    table.takeOperations();
    expect(await budgetReader(ledger()).find([one, none])).toEqual([{ of: one, limits: { day: 5 } }]);
    expect(table.takeOperations()).toEqual(['BatchGetItem']);
  });

  it('throws for a corrupt one: it never counts as absent', async () => {
    const of = another();
    const put = new PutCommand({
      TableName: table.name,
      Item: { ...budgetKey(of), of, limits: { day: '5' } },
    });
    await table.client.send(put);
    await expect(budgetReader(ledger()).find([of])).rejects.toThrow(/corrupt item BUDGETS .*limits\.day/);
    await budgetRegistry(ledger()).remove(of);
  });

  it('throws StoreUnavailable where nobody answers', async () => {
    const endpoint = 'http://127.0.0.1:1';
    const config = { endpoint, region: 'us-east-1', credentials: testCredentials, maxAttempts: 1 };
    const down = { client: documentClient(config), table: table.name };
    const calls = [
      budgetReader(down).find([another()]),
      budgetRegistry(down).list(),
      budgetRegistry(down).set(another(), {}),
      budgetRegistry(down).remove(another()),
      spendingWriter(down).put(another(), spending(1), 1),
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('limits and spending', () => {
  it('are written by different hands, and neither overwrites the other', async () => {
    const of = another();
    const [registry, writer] = [budgetRegistry(ledger()), spendingWriter(ledger())];
    await registry.set(of, { day: 5, month: 6 });
    expect(await writer.put(of, spending(3), 1)).toBe('written');
    expect(await registry.set(of, { month: 7 })).toEqual({
      outcome: 'changed',
      budget: { of, limits: { month: 7 }, spending: spending(3), revision: expect.any(String) },
    });
    expect(await writer.put(of, spending(4), 2)).toBe('written');
    expect(await budgetReader(ledger()).find([of])).toEqual([
      { of, limits: { month: 7 }, spending: spending(4) },
    ]);
  });

  it('know the latest run: an earlier one comes too late, the same one may write again', async () => {
    const of = another();
    const writer = spendingWriter(ledger());
    const warned = { day: { name: '2026-11-22', limit: 5, percent: 60 } };
    await budgetRegistry(ledger()).set(of, { day: 5 });
    expect(await writer.put(of, spending(4), 7)).toBe('written');
    expect(await writer.noteWarned(of, warned, 7)).toBe('written');
    expect(await writer.put(of, spending(3), 6)).toBe('stale');
    expect(await writer.noteWarned(of, {}, 6)).toBe('stale');
    expect(await budgetReader(ledger()).find([of])).toEqual([
      { of, limits: { day: 5 }, spending: spending(4), warned },
    ]);
  });

  it('do not come back once the budget is gone', async () => {
    const of = another();
    const registry = budgetRegistry(ledger());
    await registry.set(of, { day: 5 });
    expect([await registry.remove(of), await registry.remove(of)]).toEqual(['removed', 'unknown']);
    expect(await spendingWriter(ledger()).put(of, spending(1), 1)).toBe('stale');
    expect(await budgetReader(ledger()).find([of])).toEqual([]);
  });
});

describe('the list', () => {
  it('has all of them, page by page', async () => {
    const ids = Array.from(
      { length: 30 },
      (_, index) => `${'t'.repeat(90)}-${String(index).padStart(2, '0')}`,
    );
    const registry = budgetRegistry(ledger());
    await Promise.all(ids.map((id) => registry.set({ kind: 'tenant', id }, { day: 1 })));
    const listed = (await registry.list()).flatMap(({ of }) => (of.kind === 'tenant' ? [of.id] : []));
    expect(listed).toEqual(ids);
  });
});
