/** What closing hours amounts to: rows, totals, links; how it is asked for, and how it goes on. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HourReader } from '../../lambdas/domain/ledger/ports.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { closingHandler } from '../../lambdas/functions/closing/handler.ts';
import { notingOnce } from '../../lambdas/functions/closing/noted.ts';
import { HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { faultsOf, figuresIn } from '../support/closed-hours.ts';
import { requestEvent } from '../support/event.ts';
import { operatorsRequest, type TestLedger, testLedger } from '../support/ledger.ts';
import { listOf } from '../support/list-of.ts';
import { createWireTable } from '../support/wire-table.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await testLedger(await createWireTable());
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const NINE = '2026-11-22T09';
const TEN = '2026-11-22T10';
const at = (hour: number, minute = 0) => NOW + (hour - 12) * HOUR + minute * MINUTE;
const links = () => listOf(ledger.chain.links(0));
const counted = (metric: string) =>
  ledger.lines.filter(([kind, name]) => kind === 'count' && name === metric).length;
const backlogs = () => ledger.lines.filter(([kind]) => kind === 'measure').map(([, , value]) => value);

/** Reads hours as the ledger does, and does something before. */
const reading = (before: (hour: string) => void): { hours: HourReader } => ({
  hours: {
    async *recordsIn(hour) {
      before(hour);
      yield* ledger.hours.recordsIn(hour);
    },
  },
});

const unreadable = (lost: string) =>
  reading((hour) => {
    if (hour === lost) throw new StoreUnavailable('a shard of the hour did not answer');
  });

describe('POST /admin/usage/closings', () => {
  it('200: closes the hours that are due, in order, from a day before the first run on', async () => {
    const { closed, amended, backlog, head } = await ledger.close();
    expect([closed.length, closed[0], closed.at(-1)]).toEqual([23, '2026-11-21T12', TEN]);
    expect([amended, backlog, head?.seq]).toEqual([[], 0, 23]);
    expect((await ledger.rollups.state()).closedThrough).toBe(TEN);
    expect([counted('HoursClosed'), backlogs()]).toEqual([23, [0]]);
  });

  it('200 with nothing to do: before an hour is a quarter of an hour over, and where all are closed', async () => {
    await ledger.beginAt(TEN);
    expect((await ledger.close()).closed).toEqual([TEN]);
    const before = figuresIn(await ledger.table.items());
    ledger.clock.advance(15 * MINUTE - 1);
    expect(await ledger.close()).toMatchObject({ closed: [], amended: [], backlog: 0, head: { seq: 1 } });
    expect(figuresIn(await ledger.table.items())).toEqual(before);
    ledger.clock.advance(1);
    expect((await ledger.close()).closed).toEqual(['2026-11-22T11']);
  });

  it('200 on a ledger where nothing is due yet: there is no link', async () => {
    await ledger.beginAt('2026-11-22T11');
    expect(await ledger.close()).toEqual({ closed: [], amended: [], backlog: 0, head: null });
  });

  it('sums up: a row for each subject, client, tenant and route, totals, and who was active', async () => {
    await ledger.beginAt(NINE);
    await ledger.book(
      { at: at(9), price: 10, latency: 1, bytesOut: 100 },
      { at: at(9, 59), price: 0, latency: 9, status: 403, outcome: 'refused' },
      { at: at(9), sub: 'a#b', clientId: 'app', tenant: 'acme%2F', price: 7, status: 404 },
      { at: at(10), price: 1 },
    );
    await ledger.close();
    const hours = { from: NINE, to: TEN };
    const row = { sub: 'alice', clientId: 'alice', route: 'GET /protected-resource' };
    const sums = { errors: 0, refused: 0, bytesOut: 0 };
    expect(await listOf(ledger.rollups.rollupsOf('alice', '2026-11', hours))).toEqual([
      {
        ...{ hour: NINE, ...row, ...sums, calls: 2, refused: 1, cost: 10, bytesOut: 100 },
        latencies: [1, 0, 0, 0, 0, 1],
      },
      { ...{ hour: TEN, ...row, ...sums, calls: 1, cost: 1 }, latencies: [0, 0, 1] },
    ]);
    const costs = async (whose: Parameters<typeof ledger.rollups.totalsOf>[0]) =>
      (await listOf(ledger.rollups.totalsOf(whose, '2026-11', hours))).map(({ hour, calls, cost }) => [
        hour,
        calls,
        cost,
      ]);
    expect(await costs({ of: 'everyone' })).toEqual([
      [NINE, 3, 17],
      [TEN, 1, 1],
    ]);
    expect(await costs({ of: 'client', clientId: 'app' })).toEqual([[NINE, 1, 7]]);
    expect(await costs({ of: 'tenant', tenant: 'acme%2F' })).toEqual([[NINE, 1, 7]]);
    expect(await listOf(ledger.rollups.active({ of: 'everyone' }, '2026-11'))).toEqual(['a#b', 'alice']);
    expect(await listOf(ledger.rollups.active({ of: 'tenants' }, '2026-11'))).toEqual(['acme%2F']);
    expect(await listOf(ledger.rollups.active({ of: 'client', clientId: 'app' }, '2026-11'))).toEqual([
      'a#b',
    ]);
  });

  it('chains: a link for each hour, empty ones too, each with the hash of the one before', async () => {
    await ledger.beginAt(NINE);
    const [record] = await ledger.book({ at: at(9), price: 12 });
    const { head } = await ledger.close();
    const [first, second, ...none] = await links();
    const canonical = JSON.stringify(record, Object.keys(record ?? {}).sort());
    expect(first).toMatchObject({
      seq: 1,
      hour: NINE,
      records: 1,
      cost: 12,
      digest: sha256(`${canonical}\n`),
      at: NOW,
    });
    expect(second).toMatchObject({
      seq: 2,
      hour: TEN,
      records: 0,
      cost: 0,
      digest: sha256(''),
      previous: first?.hash,
    });
    expect([none, faultsOf(await links()), head]).toEqual([[], [], { seq: 2, hash: second?.hash }]);
    expect(await ledger.chain.linkOf(NINE)).toEqual(first);
  });

  it('200 after twenty seconds with what is left; the next ones go on there', async () => {
    await ledger.beginAt('2026-11-22T05');
    const slow = reading(() => ledger.clock.advance(8 * SECOND));
    expect(await ledger.close(slow)).toMatchObject({ closed: [5, 6, 7].map(hourOfDay), backlog: 3 });
    expect(await ledger.close(slow)).toMatchObject({ closed: [8, 9, 10].map(hourOfDay), backlog: 0 });
  });

  it('403 without an operator, and nothing is closed', async () => {
    const answer = await closingHandler(ledger.closing)(requestEvent('POST /admin/usage/closings'));
    expect([answer?.statusCode, JSON.parse(answer?.body ?? '').code]).toEqual([403, 'not_an_operator']);
    expect(await ledger.table.items()).toEqual([]);
  });

  it('503 with Retry-After where the ledger does not answer; what was closed is closed', async () => {
    await ledger.beginAt(NINE);
    const answer = await closingHandler({ ...ledger.closing, ...unreadable(TEN) })(operatorsRequest());
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(answer?.body ?? '').code).toBe('ledger_unavailable');
    expect(await ledger.close()).toMatchObject({ closed: [TEN], head: { seq: 2 } });
  });

  it('logs the operator', async () => {
    await ledger.beginAt(TEN);
    await ledger.close();
    const operator = 'arn:aws:iam::123456789012:user/alice';
    expect(ledger.lines).toContainEqual([
      'info',
      'hours closed',
      expect.objectContaining({ operator, status: 200 }),
    ]);
  });
});

const hourOfDay = (hour: number) => `2026-11-22T${String(hour).padStart(2, '0')}`;

describe('the schedule', () => {
  it('closes the same, and answers nobody', async () => {
    await ledger.beginAt(NINE);
    expect(
      await closingHandler(ledger.closing)({ source: 'aws.events', 'detail-type': 'Scheduled Event' }),
    ).toBeUndefined();
    expect((await ledger.rollups.state()).closedThrough).toBe(TEN);
  });

  it('takes ten minutes of a backlog, and goes on with the next run; meanwhile one more hour is due', async () => {
    await ledger.beginAt('2026-11-22T05');
    const slow = reading(() => ledger.clock.advance(5 * MINUTE));
    await ledger.closeBySchedule(slow);
    await ledger.closeBySchedule(slow);
    expect([backlogs(), counted('HoursClosed')]).toEqual([[4, 3], 4]);
  });

  it('fails at an hour that cannot be read, and closes none after it; the next run goes on there', async () => {
    await ledger.beginAt('2026-11-22T08');
    await ledger.book({ at: at(9) });
    await expect(ledger.closeBySchedule(unreadable(NINE))).rejects.toThrow(StoreUnavailable);
    expect((await ledger.rollups.state()).closedThrough).toBe('2026-11-22T08');
    expect([counted('ClosingFailed'), backlogs()]).toEqual([1, [2]]);
    expect(ledger.lines).toContainEqual([
      'error',
      'a part of the closing failed',
      expect.objectContaining({ hour: NINE }),
    ]);
    await ledger.closeBySchedule();
    expect((await links()).map(({ hour, records }) => [hour, records])).toEqual([
      ['2026-11-22T08', 0],
      [NINE, 1],
      [TEN, 0],
    ]);
  });

  it('leaves a run alone that is at work, until that one has said nothing for two minutes', async () => {
    await ledger.beginAt(TEN);
    await ledger.states.begin(ledger.clock() + 2 * MINUTE);
    ledger.clock.advance(2 * MINUTE - 1);
    await ledger.closeBySchedule();
    expect([(await links()).length, backlogs()]).toEqual([0, [1]]);
    ledger.clock.advance(1);
    await ledger.closeBySchedule();
    expect((await links()).length).toBe(1);
  });

  it('lets an hour take as long as it takes: who reads it says every minute that it lives', async () => {
    await ledger.beginAt(TEN);
    await ledger.book(...Array.from({ length: 9 }, (_, call) => ({ at: at(10), sub: `sub-${call}` })));
    const others: Promise<void>[] = [];
    const long: HourReader = {
      async *recordsIn(hour) {
        for await (const record of ledger.hours.recordsIn(hour)) {
          yield record;
          ledger.clock.advance(61 * SECOND);
          others.push(ledger.closeBySchedule());
          await others.at(-1);
        }
      },
    };
    await ledger.closeBySchedule({ hours: long });
    expect(others).toHaveLength(9);
    expect((await links()).map(({ generation, records }) => [generation, records])).toEqual([[1, 9]]);
  });
});

describe('what a run does besides', () => {
  it('is told the generation and the time of the run, after the hours were closed', async () => {
    await ledger.beginAt(TEN);
    const told: unknown[] = [];
    await ledger.close({
      steps: [async ({ generation, now, closed }) => void told.push(generation, now, [...closed])],
    });
    expect(told).toEqual([1, NOW, [TEN]]);
  });

  it('is done where an hour cannot be closed, and where another part failed; the run fails', async () => {
    await ledger.beginAt(TEN);
    const done: string[] = [];
    const steps = [
      async () => {
        throw new Error('the first one');
      },
      async () => void done.push('the second one'),
    ];
    await expect(ledger.closeBySchedule({ steps })).rejects.toThrow('the first one');
    await expect(ledger.closeBySchedule({ steps, ...unreadable('2026-11-22T11') })).rejects.toThrow(
      'the first one',
    );
    expect([done.length, counted('ClosingFailed')]).toEqual([2, 2]);
    expect((await links()).length).toBe(1);
  });
});

describe('records with strange times', () => {
  it('wait for their hour where it is not over yet', async () => {
    await ledger.beginAt(TEN);
    await ledger.book({ at: NOW + 2 * HOUR });
    await ledger.close();
    ledger.clock.advance(3 * HOUR + 15 * MINUTE);
    const { closed } = await ledger.close();
    expect(closed.at(-1)).toBe('2026-11-22T14');
    expect((await ledger.chain.linkOf('2026-11-22T14'))?.records).toBe(1);
  });

  it('of an hour that is closed and not marked are found by the second look, six hours after its end', async () => {
    await ledger.beginAt(TEN);
    await ledger.book({ at: at(10) });
    await ledger.close();
    await ledger.book({ at: at(10, 1), price: 5 });
    expect((await ledger.close()).amended).toEqual([]);
    ledger.clock.advance(5 * HOUR);
    expect((await ledger.close()).amended).toEqual([TEN]);
    expect(await ledger.chain.linkOf(TEN)).toMatchObject({ records: 2, cost: 15 });
    expect(faultsOf(await links())).toEqual([]);
    await ledger.book({ at: at(10, 2) });
    ledger.clock.advance(HOUR);
    expect((await ledger.close()).amended).toEqual([]);
  });

  it('that are too old to be all there are closed once, with a line in the log, and never again', async () => {
    await ledger.beginAt(TEN);
    await ledger.book({ at: at(10) });
    await ledger.close();
    await ledger.late.mark(TEN);
    ledger.clock.advance(3 * HOUR);
    const kept = { retention: (4 * HOUR) / SECOND };
    expect(await ledger.close(kept)).toMatchObject({ closed: [11, 12, 13].map(hourOfDay), amended: [] });
    expect(await ledger.chain.linkOf(TEN)).toMatchObject({ seq: 1, records: 1 });
    expect(await ledger.late.marked()).toEqual([]);
    const told = ledger.lines.filter(([, line]) => String(line).startsWith('an hour'));
    expect(told.map(([, line, fields]) => [line, (fields as { hour: string }).hour])).toEqual([
      ['an hour was closed late', hourOfDay(11)],
      ['an hour was closed late', hourOfDay(12)],
      ['an hour is not closed again', TEN],
    ]);
  });
});

describe('notes of who is active', () => {
  it('are made once by an instance of the function, and again after one that failed', async () => {
    const made: string[] = [];
    let fails = true;
    const rollups = notingOnce({
      ...ledger.rollups,
      noteActive: async (_activity, month, member) => {
        if (fails) throw new StoreUnavailable('not today');
        made.push(`${month} ${member}`);
      },
    });
    const note = (month: string, member: string) => rollups.noteActive({ of: 'everyone' }, month, member);
    await expect(note('2026-11', 'alice')).rejects.toThrow(StoreUnavailable);
    fails = false;
    for (const month of ['2026-11', '2026-11', '2026-12']) await note(month, 'alice');
    expect(made).toEqual(['2026-11 alice', '2026-12 alice']);
  });
});
