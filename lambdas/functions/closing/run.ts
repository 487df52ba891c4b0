/** One run of the closing: what its steps share, and what they need of the outside. */

import type { ClosingState } from '../../domain/ledger/closing.ts';
import type {
  Chain,
  ClosingStates,
  HabitBook,
  HourReader,
  LateHours,
  RollupReader,
  RollupWriter,
  Seals,
} from '../../domain/ledger/ports.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../http/log.ts';

export interface Run {
  /** Higher than that of each run that began before. What is written is not to overwrite what a higher one wrote. */
  readonly generation: number;
  /** When the run began, milliseconds since the epoch. */
  readonly now: number;
  /** When it takes on no further hour. */
  readonly deadline: number;
  /** How far hours were closed when it began. */
  readonly state: ClosingState;
  /** The hours that were marked late when it began, before it read any record; and their marks. */
  readonly marks: ReadonlyMap<string, string>;
  readonly log: Log;
  /**
   * Hours that it has begun to close, and whether it is done with them. None is begun twice in a run: what the first
   * time wrote may arrive after the second, and a generation does not tell the two apart.
   */
  readonly taken: Map<string, 'begun' | 'done'>;
  /** Hours that this run closed; and those that it closed again, because there was more in them. */
  readonly closed: string[];
  readonly amended: string[];
  /** What went wrong so far. */
  readonly failures: unknown[];
  /** Until when others take it for alive; see {@link lives}. */
  heldUntil: number;
  /** A later run is at work: this one has to end. A step that is told so by the store sets it. */
  superseded: boolean;
}

/**
 * One thing that a run does, after the hours are closed. What it throws is logged and counted, and ends neither the
 * other steps nor the next run.
 */
export type ClosingStep = (run: Run) => Promise<void>;

export interface ClosingPorts {
  hours: HourReader;
  rollups: RollupReader & RollupWriter;
  chain: Chain;
  late: LateHours;
  states: ClosingStates;
  seals: Seals;
  habits: HabitBook;
  clock: Clock;
  /** Seconds that usage records are kept. */
  retention: number;
}

/** Milliseconds after which a run that has said nothing is taken for dead; long before that it says that it lives. */
export const PULSE = 2 * 60_000;

/** @returns whether no later run has begun; see `ClosingStates.hold`. */
export async function stillAhead({ states, clock }: ClosingPorts, run: Run): Promise<boolean> {
  if (run.superseded) return false;
  run.heldUntil = clock() + PULSE;
  run.superseded = (await states.hold(run.generation, run.heldUntil)) === 'superseded';
  return !run.superseded;
}

/** Of an hour that takes long: says now and then that the run lives. @returns whether it is to go on */
export async function lives(ports: ClosingPorts, run: Run): Promise<boolean> {
  if (run.superseded) return false;
  return ports.clock() < run.heldUntil - PULSE / 2 || (await stillAhead(ports, run));
}

/**
 * Does a part of a run. What it throws is logged, counted and kept for the end of the run, and ends nothing else.
 *
 * @param hour that it is about
 * @returns whether it got to its end
 */
export async function attempt(run: Run, part: () => Promise<void>, hour?: string): Promise<boolean> {
  try {
    await part();
    return true;
  } catch (error) {
    run.log.error('a part of the closing failed', { ...(hour !== undefined && { hour }), error });
    run.log.count('ClosingFailed');
    run.failures.push(error);
    return false;
  }
}
