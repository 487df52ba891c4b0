/** How far hours are closed, their chain, and the marks of late ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seals } from '../../lambdas/crypto/seals.ts';
import { type Link, NO_LINK } from '../../lambdas/domain/ledger/closing.ts';
import { closingStates, chain as inLedger, lateHours } from '../../lambdas/store/closings.ts';
import { rollupReader } from '../../lambdas/store/rollups.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { listOf } from '../support/list-of.ts';

let table: TestTable;
const access = () => ({ client: table.client, table: table.name });
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.close());

const link = (seq: number, changes: Partial<Link> = {}): Link =>
  seals.seal({
    ...{ seq, hour: '2026-11-22T10', generation: 1, digest: 'd', records: 1, cost: 10 },
    ...{ previous: NO_LINK, at: NOW },
    ...changes,
  });

describe('the chain', () => {
  it('grows by one link after the other; a place that is taken stays as it is', async () => {
    const chain = inLedger(access());
    expect(await chain.head()).toBeUndefined();
    for (const seq of [1, 2, 9, 10, 11]) expect(await chain.append(link(seq))).toBe('appended');
    expect(await chain.append(link(11, { digest: 'other' }))).toBe('taken');
    expect(await chain.head()).toEqual(link(11));
    expect((await listOf(chain.links(2))).map(({ seq }) => seq)).toEqual([9, 10, 11]);
  });

  it('has for each hour the link of the latest run, and of one run the last', async () => {
    const chain = inLedger(access());
    const established = async (one: Link) => {
      await chain.establish(one);
      return await chain.linkOf(one.hour);
    };
    expect(await chain.linkOf('2026-11-22T10')).toBeUndefined();
    expect(await established(link(5, { generation: 3 }))).toEqual(link(5, { generation: 3 }));
    expect(await established(link(6, { generation: 2 }))).toEqual(link(5, { generation: 3 }));
    expect(await established(link(4, { generation: 3 }))).toEqual(link(5, { generation: 3 }));
    expect(await established(link(7, { generation: 3 }))).toEqual(link(7, { generation: 3 }));
    expect(await established(link(6, { generation: 4 }))).toEqual(link(6, { generation: 4 }));
  });
});

describe('the mark of an hour', () => {
  it('is taken away if it is still the one that was read', async () => {
    let made = 0;
    const late = lateHours(access(), () => `mark-${++made}`);
    await late.mark('2026-11-22T10');
    await late.mark('2026-11-22T09');
    expect(await late.marked()).toEqual([
      { hour: '2026-11-22T09', mark: 'mark-2' },
      { hour: '2026-11-22T10', mark: 'mark-1' },
    ]);
    await late.mark('2026-11-22T09');
    await late.clear('2026-11-22T09', 'mark-2');
    await late.clear('2026-11-22T10', 'mark-1');
    expect(await late.marked()).toEqual([{ hour: '2026-11-22T09', mark: 'mark-3' }]);
  });

  it('is another one each time', async () => {
    const late = lateHours(access());
    await late.mark('2026-11-22T09');
    const [before] = await late.marked();
    await late.mark('2026-11-22T09');
    const [after] = await late.marked();
    expect(after?.mark).not.toBe(before?.mark);
  });
});

describe('the state of the closing', () => {
  it('gives each run a generation of its own, and says until when it is believed to be at work', async () => {
    const states = closingStates(access());
    const begun = await Promise.all([states.begin(NOW), states.begin(NOW), states.begin(NOW)]);
    expect(begun.map(({ generation }) => generation).sort()).toEqual([1, 2, 3]);
    expect(await states.hold(2, NOW + 1)).toBe('superseded');
    expect(await states.hold(3, NOW + 2)).toBe('held');
    expect(await rollupReader(access()).state()).toEqual({ generation: 3, busyUntil: NOW + 2 });
  });

  it('never goes back', async () => {
    const states = closingStates(access());
    await states.advance({ closed: '2026-11-22T09', checked: '2026-11-22T03' });
    await states.advance({ closed: '2026-11-22T08' });
    await states.advance({ checked: '2026-11-21T23' });
    const { closedThrough, checkedThrough } = await rollupReader(access()).state();
    expect([closedThrough, checkedThrough]).toEqual(['2026-11-22T09', '2026-11-22T03']);
  });
});
