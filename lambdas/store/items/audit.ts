/** The audit trail. In the ledger, a partition for each UTC day. */
import * as z from 'zod/mini';
import { AUDIT_RETENTION, type AuditPosition, type AuditRecord } from '../../domain/audit.ts';
import { EXPIRES_AT, integer, type Key, key, parse, text } from './item.ts';

export const auditPartition = (at: number): string => key('AUDIT', new Date(at).toISOString().slice(0, 10));

export const auditKey = ({ at, requestId, index }: AuditPosition): Key => ({
  pk: auditPartition(at),
  sk: key(new Date(at).toISOString(), requestId, String(index).padStart(4, '0')),
});

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
