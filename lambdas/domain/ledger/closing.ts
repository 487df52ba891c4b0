/**
 * Closing an hour: its records are summed up once they can be expected to be complete, and its digest becomes the
 * next link of a chain, so that what is changed afterwards shows.
 */
import type { MicroDollars } from '../money.ts';
import { hourOf } from '../usage.ts';

const HOUR = 3_600_000;

/**
 * Milliseconds after its end until an hour is closed. A function runs for at most half a minute, and writes its record
 * before it answers; the rest is for clocks.
 */
export const GRACE = 15 * 60_000;

/** Milliseconds after its end when a closed hour is looked at once more: for what nobody foresaw. */
export const SECOND_LOOK = 6 * HOUR;

/** How far the closing has come. */
export interface ClosingState {
  /** Rises with each run; what an earlier run writes late is refused by it. */
  generation: number;
  /** The last hour of an unbroken sequence of closed ones; absent before the first. */
  closedThrough?: string;
  /** The last hour that was looked at a second time; at first, the one before the first that there is. */
  checkedThrough?: string;
  /** Until when the run of this generation is believed to be at work; milliseconds since the epoch. */
  busyUntil?: number;
}

/** One link of the chain. */
export interface Link {
  /** 1 for the first. */
  seq: number;
  hour: string;
  /** Of the run that closed it: of several links of an hour, the one with the highest counts. */
  generation: number;
  /** SHA-256, in hex, of the hour's records in the order of their sort keys. */
  digest: string;
  records: number;
  cost: MicroDollars;
  /** `hash` of the link before; 64 zeros for the first. */
  previous: string;
  /** SHA-256, in hex, of all of the above: of the canonical JSON (RFC 8785) of this link without `hash`. */
  hash: string;
  /** When it was made, milliseconds since the epoch. Part of what is hashed. */
  at: number;
}

export const NO_LINK = '0'.repeat(64);

/** @returns whether a link counts for its hour before another: that of the later run, of one run the later link. */
export const countsMore = (link: Link, other: Link): boolean =>
  link.generation > other.generation || (link.generation === other.generation && link.seq > other.seq);

/** @returns the last hour that can be closed at `now` (ms). */
export const lastClosable = (now: number): string => hourOf(Math.floor((now - GRACE) / HOUR) * HOUR - HOUR);

/** @returns the time at which an hour such as `2026-11-22T03` begins, in milliseconds. */
export const startOf = (hour: string): number => Date.parse(`${hour}:00:00.000Z`);

/** @returns the hour after another. */
export const hourAfter = (hour: string): string => hourOf(startOf(hour) + HOUR);

/** @returns the hour before another. */
export const hourBefore = (hour: string): string => hourOf(startOf(hour) - HOUR);

/** @returns the UTC month of an hour, such as `2026-11`. */
export const monthOf = (hour: string): string => hour.slice(0, 7);
