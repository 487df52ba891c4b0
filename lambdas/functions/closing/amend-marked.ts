/** Closes hours again to which a record was added late. */
import { isWhole } from '../../domain/ledger/due.ts';
import { closeHour } from './close-hour.ts';
import type { ClosingPorts, ClosingStep, Run } from './run.ts';

/** @returns the step; marks of hours that are not closed yet stay, until they are */
export const amendMarked =
  (ports: ClosingPorts): ClosingStep =>
  async (run) => {
    for (const [hour, mark] of run.marks) {
      const { closedThrough } = run.state;
      if (closedThrough === undefined || hour > closedThrough) continue;
      if (ports.clock() >= run.deadline) return;
      if (isWhole(hour, run.now, ports.retention)) {
        const outcome = await closeHour(ports, run, hour);
        if (outcome === 'superseded') return;
        if (outcome === 'linked') run.amended.push(hour);
      } else {
        tooOld(run, hour);
      }
      await ports.late.clear(hour, mark);
    }
  };

/** Counting anew would lose what has expired: what the hour was closed with stays. */
const tooOld = ({ log }: Run, hour: string): void =>
  log.error('an hour is not closed again', { hour, reason: 'records of it may have expired' });
