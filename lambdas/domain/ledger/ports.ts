/** What the functions around the ledger need of it, as verbs with outcomes; `store/` implements them. */
import type { IssuedToken, UsageRecord } from '../usage.ts';
import type { ClosingState, Link } from './closing.ts';
import type { Rollup, Sums } from './rollup.ts';

export interface HourReader {
  /**
   * All records of an hour, in the order of their sort keys, so those of one subject come one after another. At no
   * time more than a page of each shard is held.
   *
   * @throws {StoreUnavailable} while it is iterated
   */
  recordsIn(hour: string): AsyncIterable<UsageRecord>;
}

/** What the calls of a month are found by. */
export type Activity =
  /** Subjects that called. */
  | { of: 'everyone' }
  /** Subjects that called as this client. */
  | { of: 'client'; clientId: string }
  /** Subjects that called as this tenant. */
  | { of: 'tenant'; tenant: string }
  /** Clients, tenants that called. */
  | { of: 'clients' }
  | { of: 'tenants' };

/** Whose calls an hour's total sums up. */
export type TotalOf =
  | { of: 'everyone' }
  | { of: 'client'; clientId: string }
  | { of: 'tenant'; tenant: string };

/** An hour's total. */
export interface HourTotal extends Sums {
  hour: string;
}

export interface RollupReader {
  /** How far hours are closed: what is later has to be read from the records. @throws {StoreUnavailable} */
  state(): Promise<ClosingState>;
  /** The rows of a subject in a month (`2026-11`), from hour to hour, both included, in order. @throws {StoreUnavailable} */
  rollupsOf(sub: string, month: string, hours: { from: string; to: string }): AsyncIterable<Rollup>;
  /** Who is active in a month, sorted by code unit, after one of them. @throws {StoreUnavailable} */
  active(activity: Activity, month: string, after?: string): AsyncIterable<string>;
  /** The hourly totals of a month, in order. @throws {StoreUnavailable} */
  totalsOf(whose: TotalOf, month: string, hours: { from: string; to: string }): AsyncIterable<HourTotal>;
}

export interface RollupWriter {
  /**
   * Overwrites a row; the same row again is the same row.
   *
   * @param generation of the run that writes
   * @returns `superseded` where a later run has written it, and then nothing is changed
   * @throws {StoreUnavailable}
   */
  put(row: Rollup, generation: number): Promise<'written' | 'superseded'>;
  /** As {@link put}, for the total of an hour. @throws {StoreUnavailable} */
  putTotal(whose: TotalOf, total: HourTotal, generation: number): Promise<'written' | 'superseded'>;
  /** Notes who is active in a month; once is enough, again does no harm. @throws {StoreUnavailable} */
  noteActive(activity: Activity, month: string, member: string): Promise<void>;
}

export interface Chain {
  /** The last link. Strongly consistent. @throws {StoreUnavailable} */
  head(): Promise<Link | undefined>;
  /** Adds the link after the head; `taken` where another run was first. @throws {StoreUnavailable} */
  append(link: Link): Promise<'appended' | 'taken'>;
  /** The link that counts for an hour. Strongly consistent. @throws {StoreUnavailable} */
  linkOf(hour: string): Promise<Link | undefined>;
  /** Links in their order, after a sequence number. @throws {StoreUnavailable} */
  links(after: number): AsyncIterable<Link>;
}

/** Hours to which a record was added late, so that they have to be closed again. */
export interface LateHours {
  /** Before and after a record is added: a crash in between must not leave it uncounted. @throws {StoreUnavailable} */
  mark(hour: string): Promise<void>;
  /** The marked hours, each with what tells one mark from a later one. @throws {StoreUnavailable} */
  marked(): Promise<readonly { hour: string; mark: string }[]>;
  /** Takes a mark away, unless it has been renewed. @throws {StoreUnavailable} */
  clear(hour: string, mark: string): Promise<void>;
}

export interface ClosingStates {
  /** Begins a run: with a generation that no run had before. @throws {StoreUnavailable} */
  begin(): Promise<ClosingState>;
  /** Notes how far hours are closed, or were looked at again; never goes back. @throws {StoreUnavailable} */
  advance(through: { closed?: string; checked?: string }): Promise<void>;
}

export interface LateBooking {
  /**
   * Books a record that was not booked when it should have been, and the token it issued if it is a login's.
   *
   * @returns `booked`, or `already_booked` where there is a record of this request, which is left as it is
   * @throws {StoreUnavailable}
   */
  book(record: UsageRecord, issued?: IssuedToken): Promise<'booked' | 'already_booked'>;
}
