/** What a run of the closing says of budgets, over a real table and the local stand-in for EventBridge. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BudgetOf } from '../../lambdas/domain/ledger/budget.ts';
import { budgetEvents, eventBridgeClient } from '../../lambdas/events/budget-events.ts';
import { lookAtBudgets } from '../../lambdas/functions/closing/budgets.ts';
import type { Run } from '../../lambdas/functions/closing/run.ts';
import { budgetReader, budgetRegistry, spendingWriter } from '../../lambdas/store/budgets.ts';
import type { JsonEndpoint } from '../../local/aws-json.ts';
import { type BusEvent, startEventBridge } from '../../local/event-bridge.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/clock.ts';
import { testCredentials } from '../support/dynamodb.ts';
import { type TestLedger, testLedger } from '../support/ledger.ts';

const ALICE: BudgetOf = { kind: 'client', id: 'alice' };
const ACME: BudgetOf = { kind: 'tenant', id: 'acme' };

let bus: JsonEndpoint;
const events: BusEvent[] = [];
const details = () => events.splice(0).map(({ detail }) => detail);
let ledger: TestLedger;
beforeAll(async () => {
  bus = await startEventBridge({ onEvent: (event) => events.push(event) });
});
beforeEach(async () => {
  ledger = await testLedger();
  await ledger.states.begin(0);
  await ledger.states.advance({ closed: '2026-11-22T08' });
  events.length = 0;
});
afterEach(() => ledger.end());
afterAll(() => bus.close());

const eventsAt = (endpoint: string) => {
  const config = { endpoint, region: 'us-east-1', credentials: testCredentials, maxAttempts: 1 };
  return budgetEvents({ client: eventBridgeClient(config), stack: 'Tollgate-test' });
};
/** What the step of the run reaches. */
const portsOf = (endpoint = bus.url) => ({
  budgets: budgetRegistry(ledger.access),
  spending: spendingWriter(ledger.access),
  ...{ rollups: ledger.rollups, hours: ledger.hours, clock: ledger.clock },
  events: eventsAt(endpoint),
});
const close = () => ledger.close({ steps: [lookAtBudgets(portsOf())] });
/** The step alone. */
const look = (endpoint = bus.url, generation = 1) => {
  const run: Partial<Run> = { generation, log: ledger.closing.log };
  return lookAtBudgets(portsOf(endpoint))(run as Run);
};
const find = async (of: BudgetOf) => (await budgetReader(ledger.access).find([of]))[0];
const set = (of: BudgetOf, limits: { day?: number; month?: number }) =>
  budgetRegistry(ledger.access).set(of, limits);

describe('what was spent', () => {
  it('is that of the closed hours, of the open ones, and of the last quarter of an hour', async () => {
    await Promise.all([set(ALICE, { day: 1_000_000 }), set(ACME, { month: 1_000_000 })]);
    await ledger.book(
      { at: NOW - 3 * HOUR, price: 1 },
      { at: NOW - 2 * HOUR, price: 20, tenant: 'acme' },
      { at: NOW - 40 * MINUTE, price: 300, tenant: 'acme', clientId: 'bob' },
      { at: NOW - 16 * MINUTE, price: 4_000 },
      { at: NOW - 15 * MINUTE, price: 50_000, tenant: 'acme' },
      { at: NOW - MINUTE, price: 600_000, outcome: 'refused' },
      { at: NOW - MINUTE, price: 7, clientId: 'carol' },
    );
    const { closed } = await close();
    expect(closed.at(-1)).toBe('2026-11-22T10');
    const spent = (day: number, recent: number) => ({
      at: NOW,
      day: { date: '2026-11-22', cost: day },
      month: { month: '2026-11', cost: day },
      recent,
    });
    expect(await find(ALICE)).toMatchObject({
      limits: { day: 1_000_000 },
      spending: spent(654_021, 650_000),
    });
    expect(await find(ACME)).toMatchObject({ limits: { month: 1_000_000 }, spending: spent(50_320, 50_000) });
  });

  it('is the same whether an hour is closed or open', async () => {
    await set(ALICE, { day: 1_000_000 });
    await ledger.book({ at: NOW - HOUR, price: 5 }, { at: NOW - 2 * HOUR, price: 7 });
    await look();
    expect((await find(ALICE))?.spending?.day.cost).toBe(12);
    ledger.clock.advance(2 * HOUR);
    await close();
    expect((await find(ALICE))?.spending).toMatchObject({ day: { cost: 12 }, recent: 0 });
  });

  it('begins anew with the day, and with the month; the rate does not', async () => {
    ledger.clock.advance(8 * DAY + 11 * HOUR + 59 * MINUTE);
    const lastMinute = ledger.clock();
    await set(ALICE, { day: 1_000_000 });
    await ledger.states.advance({ closed: '2026-11-30T22' });
    await ledger.book({ at: lastMinute, price: 100 });
    await look();
    expect((await find(ALICE))?.spending).toMatchObject({ day: { date: '2026-11-30', cost: 100 } });
    ledger.clock.advance(6 * MINUTE);
    await ledger.book({ at: ledger.clock(), price: 1 });
    await look();
    expect((await find(ALICE))?.spending).toEqual({
      at: lastMinute + 6 * MINUTE,
      day: { date: '2026-12-01', cost: 1 },
      month: { month: '2026-12', cost: 1 },
      recent: 101,
    });
  });

  it('costs nothing but a query where there is no budget', async () => {
    await ledger.book({ at: NOW - MINUTE });
    ledger.table.takeOperations();
    await look();
    expect(ledger.table.takeOperations()).toEqual(['Query']);
  });

  it('costs eight queries an open hour for all budgets, and a query and a write for each', async () => {
    await Promise.all(['a', 'b', 'c'].map((id) => set({ kind: 'client', id }, { day: 1 })));
    await ledger.states.advance({ closed: '2026-11-22T10' });
    ledger.table.takeOperations();
    await look();
    const operations = ledger.table.takeOperations();
    // Two hours are open: the one before has not been over for long enough.
    expect(operations.filter((name) => name === 'Query')).toHaveLength(1 + 2 * 8 + 3);
    expect(operations.filter((name) => name === 'UpdateItem')).toHaveLength(3);
    expect(operations.filter((name) => name === 'GetItem')).toHaveLength(1);
  });

  it('is not written by an earlier run over a later one, nor for a budget that is gone meanwhile', async () => {
    await set(ALICE, { day: 1_000_000 });
    await ledger.book({ at: NOW - MINUTE, price: 5 });
    await look();
    const before = await find(ALICE);
    ledger.clock.advance(MINUTE);
    await look(bus.url, 0);
    expect(await find(ALICE)).toEqual(before);
    const spending = spendingWriter(ledger.access);
    await budgetRegistry(ledger.access).remove(ALICE);
    const late = { at: NOW, day: { date: '', cost: 0 }, month: { month: '', cost: 0 }, recent: 0 };
    expect(await spending.put(ALICE, late, 99)).toBe('stale');
    expect(await find(ALICE)).toBeUndefined();
  });
});

describe('events', () => {
  beforeEach(() => ledger.states.advance({ closed: '2026-11-22T10' }));

  it('one for each threshold that is crossed, once for each day, month and limit', async () => {
    await set(ALICE, { day: 100, month: 1_000 });
    await ledger.book({ at: NOW, price: 59 });
    await look();
    expect(details()).toEqual([]);
    await ledger.book({ at: NOW, price: 1 });
    await look();
    const [first, ...others] = events.splice(0);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ source: 'tollgate', 'detail-type': 'Tollgate Budget Threshold' });
    expect(first?.detail).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...{ stack: 'Tollgate-test', client_id: 'alice', period: 'day', date: '2026-11-22' },
      ...{ threshold: 60, percent: 60, limit_micro_dollars: 100, spent_micro_dollars: 60 },
    });
    await look();
    expect(details()).toEqual([]);
    await ledger.book({ at: NOW, price: 541 });
    await look();
    expect(details()).toMatchObject([
      { period: 'day', threshold: 80, percent: 601 },
      { period: 'day', threshold: 100, percent: 601 },
      { period: 'month', month: '2026-11', threshold: 60, percent: 60 },
    ]);
    await set(ALICE, { day: 1_000, month: 1_000 });
    await look();
    expect(details()).toMatchObject([{ period: 'day', threshold: 60, limit_micro_dollars: 1_000 }]);
    ledger.clock.advance(12 * HOUR);
    await ledger.book({ at: ledger.clock(), price: 700 });
    await look();
    expect(details()).toMatchObject([
      { period: 'day', date: '2026-11-23', threshold: 60 },
      { period: 'month', threshold: 80 },
      { period: 'month', threshold: 100 },
    ]);
  });

  it('that cannot be published change no figures, and are published by the next run, with the same ids', async () => {
    await Promise.all([set(ALICE, { day: 10 }), set(ACME, { day: 10 })]);
    await ledger.book({ at: NOW, price: 10, tenant: 'acme' });
    await look('http://127.0.0.1:1');
    for (const of of [ALICE, ACME]) expect((await find(of))?.spending?.day.cost).toBe(10);
    expect(ledger.lines).toContainEqual(['count', 'BudgetWarningFailed']);
    // After the first failure the others wait for the next run as well.
    expect(ledger.lines.filter(([, name]) => name === 'BudgetWarningFailed')).toHaveLength(1);
    await look();
    const published = details();
    expect(published.map(({ client_id, tenant, threshold }) => [client_id ?? tenant, threshold])).toEqual([
      ...[60, 80, 100].map((threshold) => ['alice', threshold]),
      ...[60, 80, 100].map((threshold) => ['acme', threshold]),
    ]);
    await look();
    expect(details()).toEqual([]);
    // A run that dies between the two publishes once more: whoever listens can tell by the id.
    await budgetRegistry(ledger.access).remove(ALICE);
    await set(ALICE, { day: 10 });
    await look();
    expect(details()).toEqual(published.slice(0, 3));
  });
});
