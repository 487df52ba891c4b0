/** Closes hours again to which a record was added late. */
import { isWhole } from '../../domain/ledger/due.ts';
import { closeHour } from './close-hour.ts';
import { attempt, type ClosingPorts, type ClosingStep, type Run } from './run.ts';

/** @returns the step; marks of hours that are not closed yet stay, until they are */
export const amendMarked =
  (ports: ClosingPorts): ClosingStep =>
  async (run) => {
    const { closedThrough } = run.state;
    if (closedThrough === undefined) return;
    for (const [hour, mark] of run.marks) {
      if (run.superseded || ports.clock() >= run.deadline) return;
      if (hour <= closedThrough) await attempt(run, () => amend(ports, run, hour, mark), hour);
    }
  };

async function amend(ports: ClosingPorts, run: Run, hour: string, mark: string): Promise<void> {
  if (isWhole(hour, run.now, ports.retention)) {
    const outcome = await closeHour(ports, run, hour);
    if (outcome === 'superseded') return;
    if (outcome === 'linked') run.amended.push(hour);
  } else {
    // Counting it anew would lose what has expired: what it was closed with stays.
    run.log.error('an hour is not closed again', { hour, reason: 'records of it may have expired' });
  }
  await ports.late.clear(hour, mark);
}
