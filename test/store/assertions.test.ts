import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { assertionLog } from '../../lambdas/store/assertions.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { assertionKey } from '../../lambdas/store/items.ts';
import { NOW, SECOND } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { type Fate, faultyEngine } from './faulty-engine.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.close());

const expiresAt = NOW / SECOND + 300;
const log = () => assertionLog({ client: table.client, table: table.name }, randomUUID);
const use = (issuer: string, jti: string) => log().use({ issuer, jti, expiresAt });

describe('the log of assertions', () => {
  it('takes one for the first time once, in one write', async () => {
    table.takeOperations();
    expect(await use('reader', 'a')).toBe('first');
    expect(await use('reader', 'a')).toBe('replayed');
    expect(table.takeOperations()).toEqual(['PutItem', 'PutItem']);
  });

  it('has one winner of fifty at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => use('reader', 'at once')));
    expect(outcomes.filter((outcome) => outcome === 'first')).toHaveLength(1);
  });

  it('keeps issuers apart, whatever they and their ids are made of', async () => {
    const odd = ['#', '","', '\ud800', '', 'x'.repeat(4000)];
    const pairs = odd.flatMap((issuer) => odd.map((jti) => [issuer, jti] as const));
    for (const [issuer, jti] of pairs) expect(await use(issuer, jti)).toBe('first');
    expect(await use('#', '#')).toBe('replayed');
  });

  it('knows them by a key of one form and size, and no two by the same', () => {
    // Any code units, halves of characters too.
    const text = fc.uint16Array({ maxLength: 8 }).map((units) => String.fromCharCode(...units));
    const pair = fc.tuple(text, text);
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        const { pk } = assertionKey(...one);
        expect(pk).toMatch(/^ASSERTION#[0-9a-f]{64}$/);
        expect(pk === assertionKey(...other).pk).toBe(one[0] === other[0] && one[1] === other[1]);
      }),
    );
  });

  it('holds no part of an assertion, and forgets it minutes after it has expired', async () => {
    const jti = randomBytes(16).toString('hex');
    await use('reader', jti);
    const items = await table.items();
    expect(JSON.stringify(items)).not.toContain(jti);
    expect(items.find(({ pk }) => pk === assertionKey('reader', jti).pk)).toEqual({
      ...assertionKey('reader', jti),
      use: expect.any(String),
      expiresAt: expiresAt + 300,
    });
  });

  describe('behind an engine that goes wrong', () => {
    async function useBehind(jti: string, fateOf: (before: number) => Fate) {
      const engine = await faultyEngine(table.endpoint, ({ before }) => fateOf(before));
      const client = documentClient({
        ...{ endpoint: engine.endpoint, region: 'us-east-1', credentials: testCredentials },
      });
      try {
        const behind = assertionLog({ client, table: table.name }, randomUUID);
        return await behind.use({ issuer: 'reader', jti, expiresAt });
      } finally {
        client.destroy();
        await engine.close();
      }
    }

    it('a use whose answer got lost is not its own replay', async () => {
      expect(await useBehind('lost answer', (before) => (before === 0 ? 'answer lost' : 'answered'))).toBe(
        'first',
      );
      expect(await use('reader', 'lost answer')).toBe('replayed');
    });

    it('throws where it cannot know', async () => {
      await expect(useBehind('lost', () => 'lost')).rejects.toThrow(StoreUnavailable);
      expect(await use('reader', 'lost')).toBe('first');
    });
  });
});
