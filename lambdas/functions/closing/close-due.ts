/** Closes the hours that are due, one after another and in order: what is closed is an unbroken sequence. */
import { dueHours, eve } from '../../domain/ledger/due.ts';
import { closeHour } from './close-hour.ts';
import type { ClosingPorts, ClosingStep } from './run.ts';

/** @returns the step; it ends at the first hour that cannot be closed, and there the next run goes on */
export const closeDue =
  (ports: ClosingPorts): ClosingStep =>
  async (run) => {
    const { state, now } = run;
    // Until an hour is closed, the hours would begin later with each run.
    if (state.checkedThrough === undefined) await ports.states.advance({ checked: eve(state, now) });
    for (const hour of dueHours(state, now)) {
      if (ports.clock() >= run.deadline) return;
      if ((await closeHour(ports, run, hour)) === 'superseded') return;
      await ports.states.advance({ closed: hour });
      run.closed.push(hour);
      run.log.count('HoursClosed');
      const mark = run.marks.get(hour);
      if (mark !== undefined) await ports.late.clear(hour, mark);
    }
  };
