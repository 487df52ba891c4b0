/**
 * Follows the audit trail by looking at it again and again. A change is written when it begins and completed later, and
 * a request may take half a minute until it changes anything: so each look goes back further than the last one, and
 * what was shown is not shown again.
 */
import type { AuditRecord, Trail } from './audit.ts';
import { CommandFailure, EXIT } from './failure.ts';

export interface Following {
  /** Reads the trail from a time on. @throws {CommandFailure} */
  read(from: number): Promise<Trail>;
  show(record: AuditRecord): void;
  /** Tells of what is no record. */
  say(text: string): void;
  /** Until the next look. @returns whether there is to be one */
  pause(): Promise<boolean>;
}

/** Milliseconds that a look goes back: a request ends within 30 seconds, and its record is there before. */
const WINDOW = 120_000;
/** Milliseconds after which a change whose end is not known will have none. */
const SETTLED = 45_000;

/**
 * @param from milliseconds since the epoch, by the server's clock
 * @throws {CommandFailure} where the server refuses; where it does not answer, it is asked again
 */
export async function follow({ read, show, say, pause }: Following, from: number): Promise<void> {
  const shown = new Map<string, number>();
  let start = from;
  let isLost = false;
  do {
    try {
      const { records, to } = await read(start);
      if (isLost) say('It answers again.');
      isLost = false;
      for (const record of records) {
        const at = Date.parse(record.at);
        const id = `${record.at} ${record.request_id} ${record.index}`;
        const isUnderWay = record.outcome === 'unknown' && to - at < SETTLED;
        if (isUnderWay || shown.has(id)) continue;
        shown.set(id, at);
        show(record);
      }
      start = Math.max(start, to - WINDOW);
      for (const [id, at] of shown) if (at < start) shown.delete(id);
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!isLost) say(`${error.message} It is asked again until it does.`);
      isLost = true;
    }
  } while (await pause());
}

const isPassing = (error: unknown): error is CommandFailure =>
  error instanceof CommandFailure && (error.exitCode === EXIT.unreachable || error.again);
