/** The audit trail of one request: each change is written before it is made, and completed once it is answered. */
import type { AuditRecord, AuditWriter, Change } from '../domain/audit.ts';
import type { Response } from './event.ts';
import type { Log } from './log.ts';

/** Who asked for what, from where and when. */
export type Circumstances = Omit<AuditRecord, keyof Change | 'index' | 'status' | 'code'>;

export interface Trail {
  /** @throws {StoreUnavailable} where it cannot be written: then nothing may be changed */
  change(change: Change): Promise<void>;
  /** Adds to each change how the request ended. It never fails: the answer stands, and the log has it. */
  complete(response: Response): Promise<void>;
}

/** @param terms `audit` is absent in a function that only reads: it cannot change anything */
export function trailOf(
  { audit, log }: { audit?: AuditWriter; log: Log },
  circumstances: Circumstances,
): Trail {
  const begun: AuditRecord[] = [];
  let next = 0;

  return {
    async change(change) {
      if (audit === undefined) throw new Error('a change that no audit trail would know of');
      // Counted before the write: several may be noted at once.
      const record = { ...circumstances, ...change, index: next++ };
      await audit.begin(record);
      begun.push(record);
    },

    async complete({ statusCode: status = 500, body }) {
      const code = status >= 400 ? codeIn(body) : undefined;
      const answer = { status, ...(code !== undefined && { code }) };
      const ends = begun.map((record) => audit?.end(record, answer));
      const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
      if (failed === undefined) return;
      const { requestId, route, operator } = circumstances;
      const error: unknown = failed.reason;
      log.error('the audit trail was not completed', { requestId, route, operator, ...answer, error });
    },
  };
}

/** @returns the stable code of a problem. */
function codeIn(body: string | undefined): string | undefined {
  try {
    const { code } = JSON.parse(body ?? '{}') as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
