import { describe, expect, it } from 'vitest';
import {
  hourAfter,
  hourBefore,
  lastClosable,
  monthOf,
  startOf,
} from '../../../lambdas/domain/ledger/closing.ts';
import { dueHours, eve, isWhole, secondLooks } from '../../../lambdas/domain/ledger/due.ts';
import { DAY, HOUR, MINUTE, NOW } from '../../support/clock.ts';

const noRun = { generation: 0 };
const through = (closedThrough: string, checkedThrough: string) => ({
  ...{ generation: 1, closedThrough, checkedThrough },
});

describe('an hour', () => {
  it('can be closed a quarter of an hour after its end, and not a millisecond before', () => {
    expect(lastClosable(NOW + 15 * MINUTE)).toBe('2026-11-22T11');
    expect(lastClosable(NOW + 15 * MINUTE - 1)).toBe('2026-11-22T10');
  });

  it('is followed by the next over the ends of days, months and years', () => {
    expect(hourAfter('2026-12-31T23')).toBe('2027-01-01T00');
    expect(hourBefore('2028-03-01T00')).toBe('2028-02-29T23');
    expect([startOf('2026-11-22T12'), monthOf('2026-11-22T12')]).toEqual([NOW, '2026-11']);
  });
});

describe('the hours that are due', () => {
  it('begin a day before the first run', () => {
    const hours = dueHours(noRun, NOW);
    expect([hours[0], hours.at(-1), hours.length]).toEqual(['2026-11-21T12', '2026-11-22T10', 23]);
  });

  it('begin where a first run began that closed nothing, however late the next one comes', () => {
    const begun = { generation: 1, checkedThrough: eve(noRun, NOW) };
    expect(dueHours(begun, NOW + 3 * HOUR)[0]).toBe('2026-11-21T12');
  });

  it('go on after the last one that is closed', () => {
    expect(dueHours(through('2026-11-22T08', '2026-11-22T01'), NOW)).toEqual([
      '2026-11-22T09',
      '2026-11-22T10',
    ]);
  });

  it('are none within the hour, nor where a clock went back', () => {
    expect(dueHours(through('2026-11-22T10', '2026-11-22T01'), NOW)).toEqual([]);
    expect(dueHours(through('2026-11-22T10', '2026-11-22T01'), NOW - DAY)).toEqual([]);
  });
});

describe('the hours that are looked at once more', () => {
  it('are those that ended six hours ago', () => {
    const state = through('2026-11-22T10', '2026-11-22T03');
    expect(secondLooks(state, NOW)).toEqual(['2026-11-22T04', '2026-11-22T05']);
    expect(secondLooks(state, NOW - 1)).toEqual(['2026-11-22T04']);
  });

  it('are closed ones only', () => {
    expect(secondLooks(through('2026-11-22T04', '2026-11-22T03'), NOW)).toEqual(['2026-11-22T04']);
    expect(secondLooks(through('2026-11-22T04', '2026-11-22T04'), NOW)).toEqual([]);
    expect(secondLooks(noRun, NOW)).toEqual([]);
  });
});

describe('whether an hour is whole', () => {
  const retention = (90 * DAY) / 1000;

  it('is certain while its first record is kept for an hour more', () => {
    expect(isWhole('2026-08-24T14', NOW, retention)).toBe(true);
    expect(isWhole('2026-08-24T13', NOW, retention)).toBe(false);
  });
});
