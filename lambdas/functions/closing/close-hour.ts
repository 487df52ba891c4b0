/** Closes one hour: reads its records once, writes what they amount to as they come by, and links it to the chain. */
import pMap from 'p-map';
import { clientHours } from '../../domain/ledger/habits.ts';
import { type HourEntry, hourTally } from '../../domain/ledger/tally.ts';
import { linkHour } from './link-hour.ts';
import { notice } from './notice.ts';
import { attempt, type ClosingPorts, lives, type Run, stillAhead } from './run.ts';

/** Writes that are under way at once: 100,000 rows take minutes, and the client has 50 connections. */
const AT_ONCE = 40;

/**
 * Whatever interrupts it, doing it again completes it: a row overwrites itself, a link is not added twice.
 *
 * @returns whether the hour was linked, or its records are those that it was linked with before; `superseded` where a
 *   later run is at work, which leaves this one nothing to do
 * @throws {StoreUnavailable}
 */
export async function closeHour(
  ports: ClosingPorts,
  run: Run,
  hour: string,
): Promise<'linked' | 'unchanged' | 'superseded'> {
  run.taken.set(hour, 'begun');
  const digest = ports.seals.digest();
  const tally = hourTally(hour);
  const clients = clientHours();
  await pMap(entriesOf(), (entry) => write(ports, run, entry), { concurrency: AT_ONCE });
  if (!(await stillAhead(ports, run))) return 'superseded';
  const { calls, cost } = tally.everyone;
  const outcome = await linkHour(ports, run, { hour, digest: digest.end(), records: calls, cost });
  if (outcome !== 'superseded') {
    await attempt(run, () => notice(ports.habits, run.log, hour, clients.all()), hour);
  }
  run.taken.set(hour, 'done');
  return outcome;

  async function* entriesOf(): AsyncGenerator<HourEntry, void, undefined> {
    for await (const record of ports.hours.recordsIn(hour)) {
      digest.add(record);
      clients.add(record);
      yield* tally.add(record);
      if (!(await lives(ports, run))) return;
    }
    yield* tally.end();
  }
}

async function write({ rollups }: ClosingPorts, run: Run, entry: HourEntry): Promise<void> {
  const { generation } = run;
  if (entry.kind === 'active') return rollups.noteActive(entry.activity, entry.month, entry.member);
  const written =
    entry.kind === 'row'
      ? await rollups.put(entry.row, generation)
      : await rollups.putTotal(entry.whose, entry.total, generation);
  if (written === 'superseded') run.superseded = true;
}
