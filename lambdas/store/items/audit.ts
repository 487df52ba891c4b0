/** The audit trail. In the ledger, a partition for each UTC day. */
import * as z from 'zod/mini';
import { AUDIT_RETENTION, type AuditPosition, type AuditRecord, type AuditSpan } from '../../domain/audit.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text } from './item.ts';

export const auditPartition = (at: number): string => key('AUDIT', iso(at).slice(0, 10));

/** Sort keys begin with the whole time, so they are in its order through all days. */
export const auditKey = ({ at, requestId, index }: AuditPosition): Key => ({
  pk: auditPartition(at),
  sk: key(iso(at), requestId, String(index).padStart(4, '0')),
});

/**
 * Between which sort keys a part of the trail lies, both included; `not` is the one that does not belong to it. A time
 * alone is before all records of that millisecond: something follows it in theirs.
 */
export function auditSortKeys({ from, to, before }: AuditSpan): {
  from: string;
  through: string;
  not?: string;
} {
  const [first, end] = [key(iso(from)), key(iso(to))];
  const not = before === undefined ? undefined : auditKey(before).sk;
  return not !== undefined && not < end ? { from: first, through: not, not } : { from: first, through: end };
}

const iso = (at: number): string => new Date(at).toISOString();

const auditShape = z.object({
  requestId: text,
  at: integer,
  index: integer,
  operator: text,
  sourceIp: text,
  route: text,
  action: text,
  target: z.record(text, text),
  details: z.optional(z.record(text, z.unknown())),
  status: z.optional(integer),
  code: z.optional(text),
});

/** Details are what somebody else describes: what JSON does not say, such as `undefined`, is not kept. */
export const auditItem = ({ details, ...record }: AuditRecord) => ({
  ...auditKey(record),
  ...record,
  ...(details !== undefined && { details: JSON.parse(JSON.stringify(details)) }),
  [EXPIRES_AT]: Math.ceil(record.at / 1000) + AUDIT_RETENTION,
});

export const parseAudit = (item: unknown): AuditRecord => parse(auditShape, item) as AuditRecord;
