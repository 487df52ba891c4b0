import { BatchWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AUDIT_RETENTION, type AuditRecord, type AuditSpan } from '../../lambdas/domain/audit.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { auditReader, auditWriter } from '../../lambdas/store/audit.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { auditItem, auditKey } from '../../lambdas/store/items.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
beforeEach(() => {
  table.takeOperations();
});
afterAll(() => table.close());

const ledger = () => ({ client: table.client, table: table.name });

const record = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ requestId: 'request-1', at: NOW, index: 0, operator: 'arn:aws:iam::123456789012:user/alice' },
  ...{ sourceIp: '203.0.113.7', route: 'PUT /admin/budgets', action: 'budget.set', target: { client: 'ci' } },
  ...changes,
});

/** All of a part, day by day, the latest first. */
async function listed(span: AuditSpan, reader = auditReader(ledger())): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  const first = Math.floor(span.from / DAY) * DAY;
  for (let day = Math.floor(span.to / DAY) * DAY; day >= first; day -= DAY) {
    for await (const one of reader.recordsOf(day, span)) found.push(one);
  }
  return found;
}

describe('a change', () => {
  it('is put whole before, and completed after: one write each; it expires after 400 days', async () => {
    const change = record({ at: NOW - 9 * DAY, details: { day: 5, gone: undefined, list: ['a'] } });
    await auditWriter(ledger()).begin(change);
    const span = { from: NOW - 10 * DAY, to: NOW - 8 * DAY };
    const written = { ...change, details: { day: 5, list: ['a'] } };
    expect(await listed(span)).toEqual([written]);
    table.takeOperations();
    await auditWriter(ledger()).end(change, { status: 409, code: 'client_in_use' });
    expect(table.takeOperations()).toEqual(['UpdateItem']);
    expect(await listed(span)).toEqual([{ ...written, status: 409, code: 'client_in_use' }]);
    const [item] = (await table.items()).filter(({ at }) => at === change.at);
    expect(item?.expiresAt).toBe(Math.ceil(change.at / SECOND) + AUDIT_RETENTION);
  });

  it('that was never begun is not ended: an end alone could not be read', async () => {
    const change = record({ requestId: 'never-begun' });
    await expect(auditWriter(ledger()).end(change, { status: 200 })).rejects.toThrow();
    expect((await table.items()).filter(({ sk }) => String(sk).includes('never-begun'))).toEqual([]);
  });

  it('throws StoreUnavailable where nobody answers', async () => {
    const config = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials: testCredentials };
    const down = { client: documentClient({ ...config, maxAttempts: 1 }), table: table.name };
    const calls = [
      auditWriter(down).begin(record()),
      auditWriter(down).end(record(), { status: 200 }),
      listed({ from: NOW, to: NOW + 1 }, auditReader(down)),
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('that is corrupt throws with its key: it never counts as absent', async () => {
    const change = record({ at: NOW - 20 * DAY });
    await auditWriter(ledger()).begin(change);
    const update = { TableName: table.name, Key: auditKey(change), UpdateExpression: 'REMOVE target' };
    await table.client.send(new UpdateCommand(update));
    const span = { from: NOW - 21 * DAY, to: NOW - 19 * DAY };
    await expect(listed(span)).rejects.toThrow(/corrupt item AUDIT#2026-11-02 .*target/);
  });
});

describe('the trail', () => {
  const MIDNIGHT = NOW - 12 * HOUR;
  /** At the edges of days, hours and minutes, several in a millisecond, several of a request. */
  const times = [MIDNIGHT - DAY, MIDNIGHT, MIDNIGHT + HOUR, MIDNIGHT + HOUR + MINUTE, MIDNIGHT + DAY].flatMap(
    (edge) => [edge - 1, edge, edge + 1],
  );
  const ids = ['a', 'UvT3Qh1CIAMEPSg=', 'ü/#:%', 'z'.repeat(200), '~'];
  const records = times.flatMap((at) =>
    ids.flatMap((requestId) => [0, 1].map((index) => record({ at, requestId, index }))),
  );
  const compare = (one: string, other: string) => (one === other ? 0 : one < other ? -1 : 1);
  /** Written apart from the code that it checks: by time, then by the encoded id, then by the index. */
  const newestFirst = [...records].sort(
    (one, other) =>
      other.at - one.at ||
      compare(encodeURIComponent(other.requestId), encodeURIComponent(one.requestId)) ||
      other.index - one.index,
  );
  beforeAll(async () => {
    for (let next = 0; next < records.length; next += 25) {
      const puts = records.slice(next, next + 25).map((one) => ({ PutRequest: { Item: auditItem(one) } }));
      await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: puts } }));
    }
  });

  const time = fc.oneof(
    fc.constantFrom(...times),
    fc.integer({ min: MIDNIGHT - 2 * DAY, max: MIDNIGHT + 2 * DAY }),
  );

  it('of any time has exactly the records of that time, the latest first', async () => {
    await fc.assert(
      fc.asyncProperty(time, time, async (from, to) => {
        const expected = newestFirst.filter(({ at }) => at >= from && at < to);
        expect(await listed({ from, to })).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('goes on after any record, with each of the others once', async () => {
    await fc.assert(
      fc.asyncProperty(time, time, fc.constantFrom(...newestFirst), async (from, to, before) => {
        const behind = newestFirst.slice(newestFirst.indexOf(before) + 1);
        const expected = behind.filter(({ at }) => at >= from && at < to);
        expect(await listed({ from, to, before })).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('is read by one query a day, strongly consistent', async () => {
    table.takeOperations();
    await listed({ from: MIDNIGHT, to: MIDNIGHT + 2 * DAY - 1 });
    expect(table.takeOperations()).toEqual(['Query', 'Query']);
  });
});
