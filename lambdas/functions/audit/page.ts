/** One page of the trail. What does not fit is read all the same, so a page ends where it has read enough. */
import type { AuditPosition, AuditReader, AuditRecord, AuditSpan } from '../../domain/audit.ts';
import type { AuditQuery, Wanted } from './query.ts';

/** How much one request reads, and answers with. */
export interface ReadLimits {
  days: number;
  records: number;
  bytes: number;
}

export interface Page {
  records: AuditRecord[];
  /** What the next page begins after, absent on the last one. */
  next?: AuditPosition;
}

const DAY = 24 * 3_600_000;

/** @throws {StoreUnavailable} */
export async function readPage(
  trail: AuditReader,
  { span, wanted, page: { limit } }: AuditQuery,
  limits: ReadLimits,
): Promise<Page> {
  const records: AuditRecord[] = [];
  const left = { ...limits };
  let last: AuditPosition | undefined;
  if (span.from >= span.to) return { records };
  for (let day = lastDay(span); day + DAY > span.from; day -= DAY) {
    left.days -= 1;
    if (left.days < 0) return { records, next: beginOf(day + DAY) };
    for await (const record of trail.recordsOf(day, span)) {
      const fits = isWanted(record, wanted);
      if (fits) left.bytes -= bytesOf(record);
      // A page that read nothing would go on where it began.
      if (last !== undefined && isFull(left, fits, limit - records.length)) return { records, next: last };
      if (fits) records.push(record);
      left.records -= 1;
      last = positionIn(record);
    }
  }
  return { records };
}

const isFull = (left: ReadLimits, fits: boolean, room: number): boolean =>
  left.records <= 0 || (fits && (left.bytes < 0 || room <= 0));

/** @returns what is after all records of earlier times, and before those of this one. */
const beginOf = (at: number): AuditPosition => ({ at, requestId: '', index: 0 });

const lastDay = ({ to, before = beginOf(to) }: AuditSpan): number =>
  dayOf(Math.min(before.requestId === '' ? before.at - 1 : before.at, to - 1));

const dayOf = (at: number): number => Math.floor(at / DAY) * DAY;

const positionIn = ({ at, requestId, index }: AuditRecord): AuditPosition => ({ at, requestId, index });

/** So many bytes take the names of a record's members. */
const NAMES = 200;
const bytesOf = (record: AuditRecord): number => NAMES + Buffer.byteLength(JSON.stringify(record));

function isWanted({ operator, action, target }: AuditRecord, wanted: Wanted): boolean {
  if (wanted.operator !== undefined && !operator.includes(wanted.operator)) return false;
  if (wanted.action !== undefined && action !== wanted.action && !action.startsWith(`${wanted.action}.`)) {
    return false;
  }
  return wanted.target === undefined || isTarget(target, wanted.target);
}

const isTarget = (target: AuditRecord['target'], wanted: string): boolean =>
  Object.entries(target).some(([kind, id]) => id === wanted || `${kind}:${id}` === wanted);
