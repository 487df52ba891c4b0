import fc from 'fast-check';
import { v7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import {
  firstHourOf,
  hoursOfLife,
  issuedAtOf,
  lastHourOf,
  mayHaveRecords,
} from '../../../lambdas/domain/ledger/token-life.ts';
import { MAX_TOKEN_LIFETIME } from '../../../lambdas/domain/revocation.ts';
import { hourOf } from '../../../lambdas/domain/usage.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../../support/clock.ts';

const moment = fc.integer({ min: 0, max: 4 * NOW });

describe('when a token was issued', () => {
  it('stands in its jti', () => {
    fc.assert(fc.property(moment, (msecs) => issuedAtOf(v7({ msecs })) === msecs));
  });

  it('stands in nothing else', () => {
    fc.assert(fc.property(fc.string(), (text) => issuedAtOf(text) === undefined));
    fc.assert(fc.property(fc.uuid({ version: 4 }), (text) => issuedAtOf(text) === undefined));
    expect(issuedAtOf(` ${v7()}`)).toBeUndefined();
  });
});

describe('the hours of a token', () => {
  const life = fc.integer({ min: 1, max: MAX_TOKEN_LIFETIME });

  it('have every call that the guard can see, by clocks that differ by minutes', () => {
    const slip = fc.integer({ min: -4 * MINUTE, max: 4 * MINUTE });
    fc.assert(
      fc.property(
        moment,
        life,
        fc.double({ min: 0, max: 1, noNaN: true }),
        slip,
        (from, seconds, when, off) => {
          const issuedAt = from + HOUR;
          const exp = Math.floor(issuedAt / SECOND) + seconds;
          const at = Math.floor(issuedAt + when * seconds * SECOND) + off;
          expect(hoursOfLife({ issuedAt, exp }, issuedAt + DAY)).toContain(hourOf(at));
          expect(hoursOfLife({ issuedAt }, at)).toContain(hourOf(at));
        },
      ),
    );
  });

  it('are few: two of a quarter of an hour, 26 whatever is known, and none that is not yet', () => {
    const issuedAt = NOW + 20 * MINUTE;
    expect(hoursOfLife({ issuedAt, exp: (issuedAt + 15 * MINUTE) / SECOND }, NOW + DAY)).toHaveLength(1);
    expect(hoursOfLife({ issuedAt: NOW, exp: NOW / SECOND + 900 }, NOW + DAY)).toEqual([
      '2026-11-22T11',
      '2026-11-22T12',
    ]);
    expect(hoursOfLife({ issuedAt }, issuedAt)).toEqual(['2026-11-22T12']);
    fc.assert(
      fc.property(moment, fc.option(fc.nat(), { nil: undefined }), (at, exp) => {
        const hours = hoursOfLife({ issuedAt: at, ...(exp !== undefined && { exp }) }, 8 * NOW);
        expect(hours.length).toBeLessThanOrEqual(26);
        expect(hours).toEqual([...new Set(hours)].sort());
      }),
    );
  });
});

describe('the first hour of a token and the last', () => {
  it('have between them all that its jti allows, however long it lives', () => {
    fc.assert(
      fc.property(moment, (msecs) => {
        const [jti, hours] = [v7({ msecs }), hoursOfLife({ issuedAt: msecs }, 8 * NOW)];
        expect([firstHourOf(jti), lastHourOf(jti)]).toEqual([hours[0], hours.at(-1)]);
      }),
    );
    expect([firstHourOf('no uuid'), lastHourOf('no uuid')]).toEqual(['', '~']);
  });
});

describe('whether there can be records of a token that is not known', () => {
  const retention = (90 * DAY) / SECOND;

  it('is so from its issuance until the last call that it could make is forgotten', () => {
    expect(mayHaveRecords(NOW, NOW, retention)).toBe(true);
    expect(mayHaveRecords(NOW + HOUR, NOW, retention)).toBe(false);
    expect(mayHaveRecords(NOW - 91 * DAY, NOW, retention)).toBe(true);
    expect(mayHaveRecords(NOW - 92 * DAY, NOW, retention)).toBe(false);
  });
});
