/** What the functions around the ledger need of it, as verbs with outcomes; `store/` implements them. */
import type { IssuedToken, TokenEntry, UsageRecord } from '../usage.ts';
import type { ClosingState, Link } from './closing.ts';
import type { Habits } from './habits.ts';
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

/** Some of a subject's tokens, by their `jti`: those after one, through another; all of them where neither is given. */
export interface TokenSpan {
  after?: string;
  through?: string;
}

export interface SubjectReader {
  /**
   * The records of a subject in an hour, token by token in the order of their `jti`. At no time more than a page of
   * each shard is held.
   *
   * @param tokens no others are read; an id that is `after` or `through` may be any text without `#`
   * @throws {StoreUnavailable} while it is iterated
   */
  recordsOf(sub: string, hour: string, tokens?: TokenSpan): AsyncIterable<UsageRecord>;
}

/** Runs over the records of an hour, and tells one set of records from another. */
export interface RecordsDigest {
  /** The next record, in the order of the sort keys. */
  add(record: UsageRecord): void;
  /** @returns SHA-256 in hex over the canonical JSON (RFC 8785) of each record and a line feed. */
  end(): string;
}

/** What makes an edited hour, or a missing link, show. */
export interface Seals {
  digest(): RecordsDigest;
  /** @returns the link with its hash. */
  seal(link: Omit<Link, 'hash'>): Link;
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
  | { of: 'tenant'; tenant: string }
  /** Those that have no tenant: together with the tenants, that is everyone. */
  | { of: 'no_tenant' };

/** An hour's total. */
export interface HourTotal extends Sums {
  hour: string;
}

export interface RollupReader {
  /** How far hours are closed: what is later has to be read from the records. @throws {StoreUnavailable} */
  state(): Promise<ClosingState>;
  /** The rows of a subject in a month (`2026-11`), from hour to hour, both included, in order. @throws {StoreUnavailable} */
  rollupsOf(sub: string, month: string, hours: { from: string; to: string }): AsyncIterable<Rollup>;
  /** Who is active in a month, after one of them; sorted by their percent-encoded form. @throws {StoreUnavailable} */
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
  /** Adds the link after the head; `taken` where there is one already. @throws {StoreUnavailable} */
  append(link: Link): Promise<'appended' | 'taken'>;
  /**
   * Lets a link of the chain count for its hour, unless there is one that counts more: of a later run, or of the same
   * one and later in the chain. That one is left as it is.
   *
   * @throws {StoreUnavailable}
   */
  establish(link: Link): Promise<void>;
  /** The link that counts for an hour. Strongly consistent. @throws {StoreUnavailable} */
  linkOf(hour: string): Promise<Link | undefined>;
  /** Links in their order, after a sequence number. @throws {StoreUnavailable} */
  links(after: number): AsyncIterable<Link>;
}

/** Hours to which a record was added late, so that they have to be closed again. */
export interface LateHours {
  /**
   * Before a record is added, because a crash after it must not leave it uncounted; and after, because a run may have
   * read the hour in between. After also where the record was there already: who added it may have crashed.
   *
   * @throws {StoreUnavailable}
   */
  mark(hour: string): Promise<void>;
  /** The marked hours, each with what tells one mark from a later one. @throws {StoreUnavailable} */
  marked(): Promise<readonly { hour: string; mark: string }[]>;
  /** Takes a mark away, unless it has been renewed. @throws {StoreUnavailable} */
  clear(hour: string, mark: string): Promise<void>;
}

export interface ClosingStates {
  /**
   * Begins a run: with a generation that no run had before.
   *
   * @param until when the run is given up for dead, unless it says that it lives; milliseconds since the epoch
   * @throws {StoreUnavailable}
   */
  begin(until: number): Promise<ClosingState>;
  /**
   * Says that a run lives; with a time that has passed, that it is over.
   *
   * @returns `superseded` where another one has begun since. Where not, each run that begins later reads the records
   *   later than this one did, and so all that this one has read.
   * @throws {StoreUnavailable}
   */
  hold(generation: number, until: number): Promise<'held' | 'superseded'>;
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

/** What a record is found by, as far as the gateway's log tells it. */
export type CallReference = Pick<UsageRecord, 'requestId' | 'at' | 'sub' | 'jti'>;

export interface RecordFinder {
  /**
   * The record of a request, also where its time is some seconds off: a log may have it in whole seconds. Strongly
   * consistent.
   *
   * @throws {StoreUnavailable}
   */
  find(call: CallReference): Promise<UsageRecord | undefined>;
}

/** A list of issued tokens. */
export type TokenList =
  | { of: 'credential'; clientId: string; credentialId: string }
  | { of: 'transaction'; txn: string };

export interface LineageReader {
  /** Strongly consistent. @throws {StoreUnavailable} */
  issued(jti: string): Promise<IssuedToken | undefined>;
  /**
   * The tokens of a list, the newest first, those that are older than one where that is given.
   *
   * @throws {StoreUnavailable} while it is iterated
   */
  tokensOf(list: TokenList, before?: string): AsyncIterable<TokenEntry>;
  /**
   * The records of a token in an hour, in the order of their time; those after one of them where that is given.
   *
   * @throws {StoreUnavailable} while it is iterated
   */
  callsOf(token: TokenOfRecords, hour: string, after?: CallPosition): AsyncIterable<UsageRecord>;
}

/** What the records of a token are found by. */
export type TokenOfRecords = Pick<UsageRecord, 'sub' | 'jti'>;

/** Where a call stands among those of its token. */
export type CallPosition = Pick<UsageRecord, 'at' | 'requestId'>;

/** What is usual of clients. */
export interface HabitBook {
  /** Strongly consistent. @throws {StoreUnavailable} */
  find(clientId: string): Promise<Habits | undefined>;
  /** @returns whether it was written: not where the hour, or a later one, is in it already. @throws {StoreUnavailable} */
  put(clientId: string, habits: Habits): Promise<boolean>;
}
