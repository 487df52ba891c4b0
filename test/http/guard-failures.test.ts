/** The guard when the ledger does not work, or changes while calls are under way. */

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVER } from '../../lambdas/domain/ledger/price.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import type { Handler, Response } from '../../lambdas/http/event.ts';
import { UNBOOKED } from '../../lambdas/http/log.ts';
import { json } from '../../lambdas/http/respond.ts';
import { parseUsage, revocationKey, usageItem } from '../../lambdas/store/items.ts';
import { usageWriter } from '../../lambdas/store/ledger.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { booked, guarded, ROUTE, revoke } from '../support/guarded.ts';
import { captureOutput } from '../support/output.ts';
import { aliceClaims, testTokens } from '../support/tokens.ts';
import { type Fault, type UnreliableEngine, unreliable } from '../support/unreliable.ts';

let table: TestTable;
let engine: UnreliableEngine;
let tokens: Awaited<ReturnType<typeof testTokens>>;
const output = captureOutput();

beforeAll(async () => {
  tokens = await testTokens();
});
beforeEach(async () => {
  table = await createTestTable();
  engine = await unreliable(table.endpoint);
});
afterEach(async () => {
  await engine.close();
  await table.close();
});

/** The records that were logged whole because they could not be written. */
const unbooked = (): UsageRecord[] =>
  output
    .lines()
    .filter(({ message }) => message === UNBOOKED)
    .map(({ record }) => parseUsage(record));

const read = (operation: string) => operation === 'BatchGetItem';
const append = (operation: string) => operation === 'PutItem';

const expectUnavailable = (answer: Response) => {
  expect(answer.statusCode).toBe(503);
  expect(answer.headers?.['retry-after']).toBe('1');
  expect(JSON.parse(answer.body ?? '')).toMatchObject({ status: 503, code: 'ledger_unavailable' });
};

describe('503, and the handler does not run', () => {
  it.each(['throttled', 'failing', 'denied', 'unprocessed', 'silent'] as const)(
    'where reading the ledger is %s; the refusal is booked',
    async (fault) => {
      engine.misbehave((operation) => (read(operation) ? fault : undefined));
      const { serve, admitted } = guarded(table, { endpoint: engine.endpoint });
      expectUnavailable(await serve(await tokens.request(ROUTE)));
      expect(admitted).toEqual([]);
      expect(await booked(table)).toMatchObject([{ status: 503, outcome: 'refused', price: 0 }]);
      expect(unbooked()).toEqual([]);
      expect(output.text()).toContain('"GuardFailed":1');
    },
  );

  it('where nobody listens; the refusal is logged whole', async () => {
    const endpoint = engine.endpoint;
    await engine.close();
    const { serve, admitted } = guarded(table, { endpoint });
    expectUnavailable(await serve(await tokens.request(ROUTE, { requestId: 'unheard' })));
    expect(admitted).toEqual([]);
    expect(unbooked()).toMatchObject([{ requestId: 'unheard', status: 503, outcome: 'refused', price: 0 }]);
    engine = await unreliable(table.endpoint);
  });

  it('where a revocation is there and cannot be understood', async () => {
    const key = revocationKey({ kind: 'subject', id: 'alice' });
    await table.client.send(
      new PutCommand({ TableName: table.name, Item: { ...key, issuedBefore: 'soon' } }),
    );
    const { serve, admitted } = guarded(table);
    expectUnavailable(await serve(await tokens.request(ROUTE)));
    expect(admitted).toEqual([]);
  });

  it('also where the token is revoked: nobody learns that from a ledger that does not answer', async () => {
    await revoke(table, { kind: 'token', id: aliceClaims.jti });
    engine.misbehave((operation) => (read(operation) ? 'unprocessed' : undefined));
    expectUnavailable(await guarded(table, { endpoint: engine.endpoint }).serve(await tokens.request(ROUTE)));
  });

  it('for some of many calls, where the ledger fails now and then: each is admitted and booked, or neither', async () => {
    const faults: Fault[] = ['unprocessed', undefined, 'failing', undefined, 'throttled'];
    engine.misbehave((operation, count) => {
      const fault = faults[count % faults.length];
      return append(operation) && fault === 'unprocessed' ? 'throttled' : fault;
    });
    const { serve, admitted } = guarded(table, { endpoint: engine.endpoint });
    const answers = await parallel(40, serve, (index) => `flaky-${index}`);
    const passed = answers.filter(({ statusCode }) => statusCode === 200).length;
    expect(passed).toBe(admitted.length);
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThan(40);
    expect(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 503)).toBe(true);
    // A write that was heard of too late is in the ledger and in the log: replayed, it is still one record.
    const accounted = new Map(
      [...(await booked(table)), ...unbooked()].map((record) => [record.requestId, record]),
    );
    expect(accounted.size).toBe(40);
    expect([...accounted.values()].filter(({ outcome }) => outcome === 'admitted')).toHaveLength(passed);
  });
});

describe('a record that cannot be appended', () => {
  it.each(['throttled', 'failing', 'denied', 'silent'] as const)(
    'does not change the answer, and is logged whole, where the ledger is %s',
    async (fault) => {
      engine.misbehave((operation) => (append(operation) ? fault : undefined));
      const handler = async () => json(201, { made: 'it' }, { location: '/thing/1' });
      const { serve } = guarded(table, { endpoint: engine.endpoint, handler });
      const answer = await serve(
        await tokens.request(ROUTE, { requestId: 'lost', claims: { tenant: 'acme' } }),
      );
      expect(answer).toEqual(await handler());
      expect(unbooked()).toEqual([
        {
          requestId: 'lost',
          at: NOW,
          sub: 'alice',
          clientId: 'alice',
          credentialId: 'password',
          tenant: 'acme',
          jti: aliceClaims.jti,
          txn: aliceClaims.txn,
          route: ROUTE,
          status: 201,
          outcome: 'admitted',
          price: 10,
          pricedFrom: EVER,
          bytesOut: 13,
          latency: 0,
          sourceIp: '203.0.113.7',
        },
      ]);
      expect(output.text()).toContain('"UnbookedCall":1');
      expect(await booked(table)).toEqual([]);
    },
  );

  it('can be replayed from its line, to the very item that would have been written', async () => {
    engine.misbehave((operation) => (append(operation) ? 'failing' : undefined));
    await guarded(table, { endpoint: engine.endpoint }).serve(await tokens.request(ROUTE));
    const [record] = unbooked();
    if (record === undefined) throw new Error('nothing was logged');
    const retention = 90 * 24 * 3600;
    await usageWriter({ client: table.client, table: table.name, retention }).append(record);
    const replayed = await table.items();
    expect(replayed).toEqual([usageItem(record, retention)]);
    await guarded(table).serve(await tokens.request(ROUTE));
    expect(await table.items()).toEqual(replayed);
  });

  it('is the only one, where a retry of the same request goes through', async () => {
    engine.misbehave((operation, count) => (append(operation) && count <= 3 ? 'failing' : undefined));
    const { serve } = guarded(table, { endpoint: engine.endpoint });
    const request = await tokens.request(ROUTE, { requestId: 'retried' });
    await serve(request);
    await serve(request);
    const [logged] = unbooked();
    expect(await booked(table)).toEqual([logged]);
  });

  it('takes no token into the log with it', async () => {
    engine.misbehave(() => 'failing');
    const request = await tokens.request(ROUTE);
    await guarded(table, { endpoint: engine.endpoint }).serve(request);
    expect(unbooked()).toHaveLength(1);
    for (const part of (request.headers.authorization ?? '').replace('Bearer ', '').split('.')) {
      expect(output.text()).not.toContain(part);
    }
  });
});

describe('a revocation amid 200 calls, 20 at a time', () => {
  it('admits none that began after it was answered', async () => {
    let revoked = false;
    const { serve, admitted } = guarded(table);
    const calls: { late: boolean; status: number | undefined }[] = [];
    const call = async (index: number) => {
      const late = revoked;
      const { statusCode } = await serve(await tokens.request(ROUTE, { requestId: `raced-${index}` }));
      calls.push({ late, status: statusCode });
      if (calls.length !== 50) return;
      await revoke(table, { kind: 'token', id: aliceClaims.jti });
      revoked = true;
    };
    const lanes = Array.from({ length: 20 }, async (_, lane) => {
      for (let index = lane; index < 200; index += 20) await call(index);
    });
    await Promise.all(lanes);
    const late = calls.filter((one) => one.late);
    expect(late.length).toBeGreaterThan(20);
    expect(late.filter(({ status }) => status !== 401)).toEqual([]);
    const passed = calls.filter(({ status }) => status === 200).length;
    expect(passed).toBeGreaterThanOrEqual(50);
    expect(admitted).toHaveLength(passed);
    const records = await booked(table);
    expect(records).toHaveLength(200);
    expect(records.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(passed);
  });
});

/** Sends requests at once. */
async function parallel(count: number, serve: Handler, idOf: (index: number) => string) {
  const requests = await Promise.all(
    Array.from({ length: count }, (_, index) => tokens.request(ROUTE, { requestId: idOf(index) })),
  );
  return Promise.all(requests.map(serve));
}
