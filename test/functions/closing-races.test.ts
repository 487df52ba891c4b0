/** Runs that overlap, and records that are added while they do: whatever the order, each record is counted once. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { HourReader } from '../../lambdas/domain/ledger/ports.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { closingHandler } from '../../lambdas/functions/closing/handler.ts';
import { HOUR, MINUTE, NOW } from '../support/clock.ts';
import { faultsOf, figuresIn } from '../support/closed-hours.ts';
import { operatorsRequest, type TestLedger, testLedger } from '../support/ledger.ts';
import { listOf } from '../support/list-of.ts';
import { createWireTable } from '../support/wire-table.ts';

const TEN = '2026-11-22T10';
const CALL = { at: NOW - 2 * HOUR, price: 10 };

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await testLedger(await createWireTable());
  await ledger.beginAt(TEN);
});

const links = () => listOf(ledger.chain.links(0));
const figures = async () => figuresIn(await ledger.table.items());

/** Something to wait for, and how it is let happen. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Reads an hour, and then tells so and waits before it gives the first record out. */
function stalled() {
  const read = gate();
  const goOn = gate();
  const hours: HourReader = {
    async *recordsIn(hour) {
      const records = await listOf(ledger.hours.recordsIn(hour));
      read.open();
      await goOn.opened;
      yield* records;
    },
  };
  return { hours, read: read.opened, goOn: goOn.open };
}

/** As a replay books a record that is late. */
async function bookLate() {
  await ledger.late.mark(TEN);
  await ledger.book({ ...CALL, at: CALL.at + 1 });
  await ledger.late.mark(TEN);
}

/** What is said of the hour, wherever one looks. */
async function costOfTen() {
  const hours = { from: TEN, to: TEN };
  const rows = await listOf(ledger.rollups.rollupsOf('alice', '2026-11', hours));
  const totals = await listOf(ledger.rollups.totalsOf({ of: 'everyone' }, '2026-11', hours));
  return [rows[0]?.cost, totals[0]?.cost, (await ledger.chain.linkOf(TEN))?.cost];
}

describe('runs that overlap', () => {
  it('come to the same, and link an hour once', async () => {
    await ledger.book(CALL, { ...CALL, sub: 'bob', tenant: 'acme' });
    const apart = await testLedger(await createWireTable());
    await apart.beginAt(TEN);
    await apart.book(CALL, { ...CALL, sub: 'bob', tenant: 'acme' });
    await apart.close();
    await Promise.all([ledger.close(), ledger.close(), ledger.close()]);
    expect(await figures()).toEqual(figuresIn(await apart.table.items()));
    expect((await links()).map(({ seq, hour }) => [seq, hour])).toEqual([[1, TEN]]);
  });

  it('of which the older one wakes up late: it changes nothing, links nothing, and ends quietly', async () => {
    await ledger.book(CALL);
    const older = stalled();
    const answer = ledger.close({ hours: older.hours });
    await older.read;
    await bookLate();
    await ledger.close();
    const before = await figures();
    older.goOn();
    expect(await answer).toMatchObject({ closed: [], amended: [], backlog: 0 });
    expect(await figures()).toEqual(before);
    expect(await costOfTen()).toEqual([20, 20, 20]);
    expect((await links()).map(({ generation }) => generation)).toEqual([2]);
  });

  it('of which the older one wakes up when the hour is already closed anew: the link of the later run counts', async () => {
    await ledger.book(CALL);
    const append = gate();
    const appending = gate();
    const chain = {
      ...ledger.chain,
      async append(link: Parameters<typeof ledger.chain.append>[0]) {
        appending.open();
        await append.opened;
        return ledger.chain.append(link);
      },
    };
    const older = ledger.close({ chain });
    await appending.opened;
    await bookLate();
    await ledger.close();
    append.open();
    expect(await older).toMatchObject({ closed: [], amended: [] });
    expect(await costOfTen()).toEqual([20, 20, 20]);
    expect((await links()).map(({ generation, cost }) => [generation, cost])).toEqual([[2, 20]]);
    expect(faultsOf(await links())).toEqual([]);
  });

  it('take no step besides once a later one has begun; an operator’s is followed by one that takes them', async () => {
    const taken: number[] = [];
    const steps = [async ({ generation }: { generation: number }) => void taken.push(generation)];
    const older = stalled();
    const answer = ledger.close({ hours: older.hours, steps });
    await older.read;
    await ledger.close({ steps });
    older.goOn();
    await answer;
    expect(taken).toEqual([2, 3]);
  });
});

describe('an operator whose run is superseded', () => {
  it('is answered 409 where the other run does not end: it may have crashed', async () => {
    const taken = stalled();
    const answer = closingHandler({ ...ledger.closing, hours: taken.hours })(operatorsRequest());
    await taken.read;
    await ledger.states.begin(ledger.clock() + 2 * MINUTE);
    taken.goOn();
    const { statusCode, headers, body = '' } = (await answer) ?? {};
    expect([statusCode, headers?.['retry-after'], JSON.parse(body).code]).toEqual([
      409,
      '30',
      'closing_under_way',
    ]);
    expect(await links()).toEqual([]);
    ledger.clock.advance(2 * MINUTE);
    expect((await ledger.close()).closed).toEqual([TEN]);
  });
});

describe('a record that is added late', () => {
  beforeEach(async () => {
    await ledger.book(CALL);
    await ledger.close();
  });

  it('is counted by the next run, which adds a link and takes the mark away', async () => {
    await bookLate();
    expect(await ledger.close()).toMatchObject({ closed: [], amended: [TEN], head: { seq: 2 } });
    expect(await costOfTen()).toEqual([20, 20, 20]);
    expect(await ledger.late.marked()).toEqual([]);
    expect((await links()).map(({ hour, cost }) => [hour, cost])).toEqual([
      [TEN, 10],
      [TEN, 20],
    ]);
  });

  it('is counted though who added it crashed before the second mark', async () => {
    await ledger.late.mark(TEN);
    await ledger.book(CALL);
    expect((await ledger.close()).amended).toEqual([TEN]);
    expect(await costOfTen()).toEqual([20, 20, 20]);
  });

  it('leaves nothing behind where it was never added: the mark goes, the chain stays', async () => {
    await ledger.late.mark(TEN);
    expect(await ledger.close()).toMatchObject({ amended: [], head: { seq: 1 } });
    expect(await ledger.late.marked()).toEqual([]);
  });

  it('is counted by the run after, where a run read the hour between the mark and the record', async () => {
    await ledger.late.mark(TEN);
    const run = stalled();
    const answer = ledger.close({ hours: run.hours });
    await run.read;
    await ledger.book(CALL);
    await ledger.late.mark(TEN);
    run.goOn();
    expect((await answer).amended).toEqual([]);
    expect((await ledger.late.marked()).map(({ hour }) => hour)).toEqual([TEN]);
    expect((await ledger.close()).amended).toEqual([TEN]);
    expect(await costOfTen()).toEqual([20, 20, 20]);
  });

  it('is counted though the run that began later read earlier', async () => {
    const marks = gate();
    const begun = gate();
    const slow = {
      ...ledger.late,
      async marked() {
        begun.open();
        await marks.opened;
        return ledger.late.marked();
      },
    };
    const first = ledger.closeBySchedule({ late: slow });
    await begun.opened;
    await ledger.late.mark(TEN);
    const second = stalled();
    const later = ledger.close({ hours: second.hours });
    await second.read;
    await ledger.book(CALL);
    await ledger.late.mark(TEN);
    marks.open();
    await first;
    second.goOn();
    await later;
    expect((await ledger.late.marked()).map(({ hour }) => hour)).toEqual([TEN]);
    expect((await ledger.close()).amended).toEqual([TEN]);
    expect(await costOfTen()).toEqual([20, 20, 20]);
    expect(faultsOf(await links())).toEqual([]);
  });

  it('to an hour that is not closed yet, is counted when that is: the mark waits as long', async () => {
    const eleven = '2026-11-22T11';
    await ledger.late.mark(eleven);
    await ledger.book({ at: NOW - HOUR });
    expect(await ledger.close()).toMatchObject({ closed: [], amended: [] });
    expect((await ledger.late.marked()).map(({ hour }) => hour)).toEqual([eleven]);
    ledger.clock.advance(15 * MINUTE);
    expect(await ledger.close()).toMatchObject({ closed: [eleven], amended: [] });
    expect(await ledger.late.marked()).toEqual([]);
  });

  it('before the first hour that was ever closed, closes that hour too', async () => {
    await ledger.late.mark('2026-11-20T10');
    await ledger.book({ at: NOW - 50 * HOUR });
    expect((await ledger.close()).amended).toEqual(['2026-11-20T10']);
    expect((await ledger.chain.linkOf('2026-11-20T10'))?.records).toBe(1);
  });

  it('keeps none of the others waiting where its hour cannot be read', async () => {
    const hours: HourReader = {
      recordsIn(hour) {
        if (hour === '2026-11-20T10') throw new Error('corrupt item');
        return ledger.hours.recordsIn(hour);
      },
    };
    await ledger.late.mark('2026-11-20T10');
    await bookLate();
    await expect(ledger.closeBySchedule({ hours })).rejects.toThrow('corrupt item');
    expect(await costOfTen()).toEqual([20, 20, 20]);
    expect((await ledger.late.marked()).map(({ hour }) => hour)).toEqual(['2026-11-20T10']);
  });
});

describe('what arrives late of a run that is over', () => {
  it('is refused where a later run has written: a row stays what it is', async () => {
    await ledger.book(CALL);
    const late: (() => Promise<unknown>)[] = [];
    const rollups = {
      ...ledger.rollups,
      async put(...row: Parameters<typeof ledger.rollups.put>) {
        late.push(() => ledger.rollups.put(...row));
        return ledger.rollups.put(...row);
      },
    };
    await ledger.close({ rollups });
    await bookLate();
    await ledger.close();
    for (const arrive of late) expect(await arrive()).toBe('superseded');
    expect(await costOfTen()).toEqual([20, 20, 20]);
  });

  it('is never of the same run: an hour that it has closed again was looked at by that', async () => {
    await ledger.book(CALL);
    await ledger.close();
    await bookLate();
    ledger.clock.advance(5 * HOUR);
    const read: string[] = [];
    const hours: HourReader = {
      recordsIn(hour) {
        read.push(hour);
        return ledger.hours.recordsIn(hour);
      },
    };
    expect((await ledger.close({ hours })).amended).toEqual([TEN]);
    expect(read.filter((hour) => hour === TEN)).toEqual([TEN]);
    expect((await ledger.rollups.state()).checkedThrough).toBe(TEN);
  });

  it('is never of the same run: one that it could not close again, the next run looks at', async () => {
    await ledger.book(CALL);
    await ledger.close();
    await bookLate();
    ledger.clock.advance(5 * HOUR);
    const chain = { ...ledger.chain, append: () => Promise.reject(new StoreUnavailable('not today')) };
    await expect(ledger.closeBySchedule({ chain })).rejects.toThrow(StoreUnavailable);
    expect((await ledger.rollups.state()).checkedThrough).toBe('2026-11-22T09');
    expect((await ledger.close()).amended).toEqual([TEN]);
    expect(await costOfTen()).toEqual([20, 20, 20]);
  });
});
