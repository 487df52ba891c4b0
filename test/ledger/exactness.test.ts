/** That the accounts are exact: random calls, under whatever can go wrong, come to the same sums wherever one looks. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { audit } from './exactness/audit.ts';
import { runSchedule } from './exactness/run-schedule.ts';
import { schedules } from './exactness/schedule.ts';

/** How many schedules are tried; `TOLLGATE_SCHEDULES=5000 npm test -- test/ledger/exactness` tries more. */
const SCHEDULES = Number(process.env.TOLLGATE_SCHEDULES ?? 300);

describe('the accounts', () => {
  it(`are exact to the micro-dollar, whatever goes wrong: ${SCHEDULES} schedules`, {
    timeout: 3_600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => audit(await runSchedule(schedule))),
      { numRuns: SCHEDULES },
    );
  });
});
