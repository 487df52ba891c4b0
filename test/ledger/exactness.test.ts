/** That the accounts are exact: random calls, under whatever can go wrong, come to the same sums wherever one looks. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { sdkClient } from '../support/wire-client.ts';
import { audit } from './exactness/audit.ts';
import { runSchedule } from './exactness/run-schedule.ts';
import { schedules } from './exactness/schedule.ts';

/** How many schedules are tried; `TOLLGATE_SCHEDULES=5000 npm test -- test/ledger/exactness` tries more. */
const SCHEDULES = Number(process.env.TOLLGATE_SCHEDULES ?? 50);

/** Of a schedule that fails, fast-check prints the least one like it, and the seed that finds it again. */
describe('the accounts', () => {
  it(
    `are exact to the micro-dollar, whatever goes wrong: ${SCHEDULES} schedules`,
    { timeout: 7_200_000 },
    () =>
      fc.assert(
        fc.asyncProperty(schedules, async (schedule) => audit(await runSchedule(schedule))),
        { numRuns: SCHEDULES },
      ),
  );

  it('are so through the SDK, with its own retries', { timeout: 120_000 }, () =>
    fc.assert(
      fc.asyncProperty(schedules, async (schedule) => audit(await runSchedule(schedule, sdkClient))),
      { numRuns: 2, endOnFailure: true },
    ),
  );
});
