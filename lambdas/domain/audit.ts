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

export interface AuditReader {
  /**
   * The records of a time, the latest first; `before` goes on where a page ended.
   *
   * @param from milliseconds since the epoch, inclusive
   * @param to milliseconds since the epoch, exclusive
   * @throws {StoreUnavailable} while it is iterated
   */
  records(span: { from: number; to: number; before?: AuditPosition }): AsyncIterable<AuditRecord>;
}

export type AuditPosition = Pick<AuditRecord, 'at' | 'requestId' | 'index'>;

/** Seconds that the trail is kept: a year, and the month in which somebody asks for it. */
export const AUDIT_RETENTION = 400 * 24 * 3600;
