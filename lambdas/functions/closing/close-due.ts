/** Closes the hours that are due, one after another and in order: what is closed is an unbroken sequence. */
import { dueHours, eve, isWhole } from '../../domain/ledger/due.ts';
import { closeHour } from './close-hour.ts';
import { attempt, type ClosingPorts, type ClosingStep, type Run } from './run.ts';

/** @returns the step; it ends at the first hour that cannot be closed, and there the next run goes on */
export const closeDue =
  (ports: ClosingPorts): ClosingStep =>
  async (run) => {
    const { state, now } = run;
    // Until an hour is closed, the hours would begin later with each run.
    if (state.checkedThrough === undefined) await ports.states.advance({ checked: eve(state, now) });
    for (const hour of dueHours(state, now)) {
      if (run.superseded || ports.clock() >= run.deadline) return;
      if (!(await attempt(run, () => close(ports, run, hour), hour))) return;
    }
  };

async function close(ports: ClosingPorts, run: Run, hour: string): Promise<void> {
  if ((await closeHour(ports, run, hour)) === 'superseded') return;
  await ports.states.advance({ closed: hour });
  run.closed.push(hour);
  run.log.count('HoursClosed');
  if (!isWhole(hour, run.now, ports.retention)) {
    run.log.error('an hour was closed late', { hour, reason: 'records of it may have expired before' });
  }
  const mark = run.marks.get(hour);
  if (mark !== undefined) await ports.late.clear(hour, mark);
}
