/** Looks at each closed hour once more, some hours later: for records that came late and that nobody marked. */
import { isWhole, secondLooks } from '../../domain/ledger/due.ts';
import { closeHour } from './close-hour.ts';
import { attempt, type ClosingPorts, type ClosingStep, lives, type Run } from './run.ts';

/**
 * @returns the step: one read of each hour's records; only where they are others, it is closed again. An hour that this
 *   run has closed just now was read; at one that it could not close, the next run goes on
 */
export const lookAgain =
  (ports: ClosingPorts): ClosingStep =>
  async (run) => {
    for (const hour of secondLooks(run.state, run.now)) {
      if (run.superseded || run.taken.get(hour) === 'begun' || ports.clock() >= run.deadline) return;
      if (!(await attempt(run, () => look(ports, run, hour), hour))) return;
    }
  };

async function look(ports: ClosingPorts, run: Run, hour: string): Promise<void> {
  const isRead = run.taken.get(hour) === 'done';
  if (!isRead && isWhole(hour, run.now, ports.retention)) await compare(ports, run, hour);
  if (!run.superseded) await ports.states.advance({ checked: hour });
}

async function compare(ports: ClosingPorts, run: Run, hour: string): Promise<void> {
  const linked = await ports.chain.linkOf(hour);
  const digest = await digestOf(ports, run, hour);
  if (digest === undefined || digest === linked?.digest) return;
  if ((await closeHour(ports, run, hour)) !== 'linked') return;
  run.amended.push(hour);
  run.log.warn('an hour was closed again', { hour, reason: 'its records are others, and it was not marked' });
}

/** @returns `undefined` where a later run is at work */
async function digestOf(ports: ClosingPorts, run: Run, hour: string): Promise<string | undefined> {
  const digest = ports.seals.digest();
  for await (const record of ports.hours.recordsIn(hour)) {
    digest.add(record);
    if (!(await lives(ports, run))) return undefined;
  }
  return digest.end();
}
