/** Statements of months long ago: what they read of the chain, which is one partition, and the closing's as well. */
import { describe, expect, it } from 'vitest';
import { hourAfter, type Link } from '../../lambdas/domain/ledger/closing.ts';
import type { HourTotal, RollupReader } from '../../lambdas/domain/ledger/ports.ts';
import { noSums } from '../../lambdas/domain/ledger/rollup.ts';
import { type Month, parseMonth } from '../../lambdas/domain/ledger/statement.ts';
import { compile } from '../../lambdas/functions/statements/compile.ts';

/** All hours of two years, closed one after another; one of the first month again when all were closed. */
const hours: string[] = [];
for (let hour = '2025-01-01T00'; hour < '2027-01-01T00'; hour = hourAfter(hour)) hours.push(hour);
const AGAIN = '2025-01-15T07';
const links = [...hours, AGAIN].map(
  (hour, index) => ({ seq: index + 1, hour, hash: `${index + 1}` }) as Link,
);
const counting = new Map(links.map((link) => [link.hour, link]));

async function compiled(name: string) {
  let read = 0;
  const rollups: RollupReader = {
    state: async () => ({
      generation: 1,
      closedThrough: hours.at(-1) ?? '',
      checkedThrough: hours.at(-1) ?? '',
    }),
    async *rollupsOf() {},
    async *active() {},
    async *totalsOf({ of }, month) {
      const closed = of === 'everyone' ? hours.filter((hour) => hour.startsWith(month)) : [];
      for (const hour of closed) yield { hour, ...noSums() } satisfies HourTotal;
    },
  };
  const chain = {
    head: async () => links.at(-1),
    linkOf: async (hour: string) => counting.get(hour),
    async *links(after: number) {
      for (const link of links.slice(after)) {
        read += 1;
        yield link;
      }
    },
  };
  const ports = { rollups, chain, late: { marked: async () => [] }, issuer: 'https://issuer.example' };
  const now = Date.parse('2027-02-01T00:00:00Z');
  const statement = await compile({ ...ports, clock: () => now }, 'shop', parseMonth(name) as Month);
  return { read, statement };
}

describe('a statement', () => {
  it('of a month two years ago reads none of the chain, and has the last link that is about it', async () => {
    const { read, statement } = await compiled('2025-01');
    expect(statement).toMatchObject({ claims: { chain: { seq: links.length } } });
    expect(read).toBe(0);
  });

  it('of a month from before there was a ledger reads none of it either', async () => {
    expect(await compiled('1970-01')).toEqual({ read: 0, statement: { kind: 'nothing_recorded' } });
  });

  it('of the last month reads what is behind it', async () => {
    const { read, statement } = await compiled('2026-12');
    expect(statement).toMatchObject({ claims: { chain: { seq: links.length - 1 } } });
    expect(read).toBe(2);
  });
});
