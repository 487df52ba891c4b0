/** The audit trail: who of the operators changed what, and how that ended. */

/** What is about to be changed, in words that hold no secret: whoever makes it names each member. */
export interface Change {
  /** What is done, such as `client.create` or `credential.disable`. */
  action: string;
  /** What it is done to, by kind and id, such as `{ client: 'ci', credential: 'a1b2c3d4' }`. */
  target: Readonly<Record<string, string>>;
  /** What changes, and to what: never a secret, a hash or a token. */
  details?: Readonly<Record<string, unknown>>;
}

/** A change in the trail. It is written before anything is changed, and completed after. */
export interface AuditRecord extends Change {
  /** The gateway's. */
  requestId: string;
  /** When the gateway took the request, milliseconds since the epoch. */
  at: number;
  /** Which change of the request, from 0: a request may make several. */
  index: number;
  /** The ARN of the IAM principal. */
  operator: string;
  sourceIp: string;
  /** The route's key. */
  route: string;
  /** How the request was answered; absent where nobody knows whether it was done, or done to its end. */
  status?: number;
  /** The stable code of a refusal. */
  code?: string;
}

export interface AuditWriter {
  /** One write, before the change: without it nothing may be changed. @throws {StoreUnavailable} */
  begin(record: AuditRecord): Promise<void>;
  /** One write, after it. @throws {StoreUnavailable} */
  end(
    record: AuditRecord,
    answer: Required<Pick<AuditRecord, 'status'>> & Pick<AuditRecord, 'code'>,
  ): Promise<void>;
}

/** Where a record stands in the trail. */
export type AuditPosition = Pick<AuditRecord, 'at' | 'requestId' | 'index'>;

/** Which part of the trail. */
export interface AuditSpan {
  /** Milliseconds since the epoch, inclusive. */
  from: number;
  /** Milliseconds since the epoch, exclusive. */
  to: number;
  /** Only what is earlier in the trail than this record: it goes on where a page ended. */
  before?: AuditPosition;
}

export interface AuditReader {
  /**
   * The records of a UTC day, the latest first.
   *
   * @param day any time of it
   * @throws {StoreUnavailable} while it is iterated
   */
  recordsOf(day: number, span: AuditSpan): AsyncIterable<AuditRecord>;
}

/** Seconds that the trail is kept: a year, and the month in which somebody asks for it. */
export const AUDIT_RETENTION = 400 * 24 * 3600;

/** Changes of one request that the trail can tell apart. */
export const MAX_CHANGES = 10_000;

/**
 * What became of a change. `failed` may have been done, in part or whole; of `unknown` not even that is known: it is
 * under way, or its end could not be written.
 */
export const outcomes = ['done', 'refused', 'failed', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

/** @returns what the status of the answer says of the change. */
export function outcomeOf({ status }: Pick<AuditRecord, 'status'>): Outcome {
  if (status === undefined) return 'unknown';
  if (status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'done';
}
