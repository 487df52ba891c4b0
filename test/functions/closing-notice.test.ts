/** What is unusual of an hour is told once, in metrics by class and in the log by name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACQUAINTANCE, type ClientHour } from '../../lambdas/domain/ledger/habits.ts';
import { notice } from '../../lambdas/functions/closing/notice.ts';
import { habitBook } from '../../lambdas/store/habits.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { recordedLog } from '../support/recorded-log.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.close());

const client = (changes: Partial<ClientHour> = {}): ClientHour => ({
  clientId: 'reader',
  class: 'service',
  cost: 20_000,
  addresses: ['203.0.113.7'],
  ...changes,
});

const hourNo = (index: number): string => new Date(Date.UTC(2026, 10, 1, index)).toISOString().slice(0, 13);

async function lines(hour: string, clients: readonly ClientHour[]): Promise<unknown[][]> {
  const told: unknown[][] = [];
  const habits = habitBook({ client: table.client, table: table.name });
  await notice(habits, recordedLog(told), hour, clients);
  return told;
}

describe('a client that has called for a day', () => {
  beforeAll(async () => {
    for (let index = 0; index < ACQUAINTANCE; index += 1) {
      expect(await lines(hourNo(index), [client()])).toEqual([]);
    }
  });

  it('is told of where it comes from elsewhere and costs far more; an hour that is closed again is not told twice', async () => {
    const odd = client({ cost: 2_000_000, addresses: ['203.0.113.7', '198.51.100.1'] });
    const hour = hourNo(ACQUAINTANCE);
    expect(await lines(hour, [odd])).toEqual([
      ['count', 'UseFromNewAddress'],
      ['warn', 'a client came from new addresses', { clientId: 'reader', hour, reason: '1 new' }],
      ['count', 'UnusualCost'],
      [
        'warn',
        'an hour cost far more than usual',
        { clientId: 'reader', hour, reason: '2000000 micro-dollars, usually 20000' },
      ],
    ]);
    expect(await lines(hour, [odd])).toEqual([]);
    expect(await lines(hourNo(0), [odd])).toEqual([]);
  });

  it('costs one read and one write an hour', async () => {
    table.takeOperations();
    await lines(hourNo(ACQUAINTANCE + 1), [client(), client({ clientId: 'other#%' })]);
    expect(table.takeOperations().sort()).toEqual(['GetItem', 'GetItem', 'PutItem', 'PutItem']);
  });
});
