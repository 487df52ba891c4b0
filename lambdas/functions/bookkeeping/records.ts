/** `POST /admin/usage/records`: books what was not booked when it should have been. */
import pMap from 'p-map';
import * as z from 'zod/mini';
import {
  type LateRecord,
  type LateRefusal,
  type LateTerms,
  parseReplayed,
  parseSeen,
} from '../../domain/ledger/late-record.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { IssuedToken, UsageRecord } from '../../domain/usage.ts';
import { readJson } from '../../http/body.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import type { BookkeepingPorts, Serve } from './handler.ts';
import { type Priced, priced } from './price.ts';

const MAX_RECORDS = 100;
/** Bytes: each record may be as long as a line of a log can be that is still read. */
const MAX_BATCH = 1024 * 1024;
/** Nobody waits for more at once. */
const AT_ONCE = 16;

/** The body of the request; what a record has to be, is told of each. */
export const lateRecordsSchema = z.strictObject({
  records: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_RECORDS)),
  booked_by: z.enum(['replay', 'reconciliation']),
});

type BookedBy = z.output<typeof lateRecordsSchema>['booked_by'];

/** What became of one record. */
interface Outcome {
  /** As far as it could be read. */
  request_id?: string;
  outcome: 'booked' | 'already_booked' | 'refused';
  code?: LateRefusal | NonNullable<Priced['code']> | 'differs';
  /** What it is booked at now. */
  price_micro_dollars?: number;
}

/** 200 with what became of each record, in their order; one that is refused keeps none of the others from being booked. */
export const bookRecords: Serve = async (ports, asked, { retention }) => {
  const body = readJson(asked.request, MAX_BATCH);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const parsed = lateRecordsSchema.safeParse(body.value);
  if (!parsed.success) return refused(400, 'invalid_body', EXPECTED);
  const { records, booked_by: by } = parsed.data;
  const terms = { now: ports.clock(), retention };
  const target = { booked_by: by };
  await asked.change({ action: 'usage.book', target, details: { records: records.length } });
  const results: Outcome[] = [];
  await pMap(
    byRequest(records),
    async (same) => {
      for (const { index, given } of same) results[index] = await bookOne(ports, asked, given, by, terms);
    },
    { concurrency: AT_ONCE },
  );
  return json(200, { results });
};

const EXPECTED = `The body has to have booked_by, "replay" or "reconciliation", and records, 1 to ${MAX_RECORDS} of them, and nothing else.`;

/** Those of one request together, to be booked one after the other: they may have two times, and so two keys. */
function byRequest(records: readonly unknown[]): { index: number; given: unknown }[][] {
  const groups = new Map<string, { index: number; given: unknown }[]>();
  for (const [index, given] of records.entries()) {
    const id = idIn(given) ?? '';
    groups.set(id, [...(groups.get(id) ?? []), { index, given }]);
  }
  return [...groups.values()];
}

async function bookOne(
  ports: BookkeepingPorts,
  { fields }: OperatorRequest,
  given: unknown,
  by: BookedBy,
  terms: LateTerms,
): Promise<Outcome> {
  const id = idIn(given);
  const named = id === undefined ? {} : { request_id: id };
  const read = await readRecord(ports, given, by, terms);
  if (!read.ok) return { ...named, outcome: 'refused', code: read.failure };
  const { record, issued, code } = read.value;
  const { outcome, differs, price } = await book(ports, record, issued);
  const { sub, clientId, jti, txn } = record;
  if (outcome === 'booked') {
    ports.log.info(`usage record booked by ${by}`, {
      ...fields,
      ofRequest: record.requestId,
      sub,
      clientId,
      jti,
      txn,
    });
  }
  const why = differs ? 'differs' : code;
  return { ...named, outcome, ...(why !== undefined && { code: why }), price_micro_dollars: price };
}

async function readRecord(
  { prices }: BookkeepingPorts,
  given: unknown,
  by: BookedBy,
  terms: LateTerms,
): Promise<Result<LateRecord & Pick<Priced, 'code'>, LateRefusal>> {
  if (by === 'replay') {
    const read = parseReplayed(given, terms);
    return read.ok ? ok({ ...read.value, record: { ...read.value.record, bookedBy: by } }) : read;
  }
  const read = parseSeen(given, terms);
  if (!read.ok) return read;
  const { record, code } = await priced(read.value.record, prices);
  return ok({ record: { ...record, bookedBy: by }, ...(code !== undefined && { code }) });
}

interface Booked {
  outcome: 'booked' | 'already_booked';
  /** Whether there is a record of this request that says something else. */
  differs: boolean;
  price: number;
}

/** What is there is left as it is; who booked it late, and died before the hour was marked, is helped to its end. */
async function book(
  { booking, records }: BookkeepingPorts,
  record: UsageRecord,
  issued: IssuedToken | undefined,
): Promise<Booked> {
  const before = await records.find(record);
  if (before !== undefined) {
    if (before.bookedBy !== undefined || issued !== undefined) await booking.book(before, issued);
    return alreadyBooked(record, before);
  }
  if ((await booking.book(record, issued)) === 'booked') {
    return { outcome: 'booked', differs: false, price: record.price };
  }
  return alreadyBooked(record, (await records.find(record)) ?? record);
}

function alreadyBooked(record: UsageRecord, before: UsageRecord): Booked {
  const differs = comparable(record, before).some((name) => record[name] !== before[name]);
  return { outcome: 'already_booked', differs, price: before.price };
}

const SEEN = [
  'sub',
  'clientId',
  'credentialId',
  'tenant',
  'jti',
  'txn',
  'route',
  'status',
  'sourceIp',
] as const;
const COST = [...SEEN, 'outcome', 'price'] as const;
const WHOLE = [...COST, 'at', 'pricedFrom', 'bytesOut', 'latency'] as const;

/** The gateway has a latency and perhaps a time of its own, and does not know what a call cost. */
function comparable(record: UsageRecord, before: UsageRecord): readonly (keyof UsageRecord)[] {
  if (record.bookedBy === 'reconciliation') return SEEN;
  return before.bookedBy === 'reconciliation' ? COST : WHOLE;
}

/** @returns the request's id, where it can be told at all. */
function idIn(given: unknown): string | undefined {
  const { record } = (given ?? {}) as { record?: unknown };
  const { requestId } = (record ?? {}) as { requestId?: unknown };
  return typeof requestId === 'string' && requestId.length <= 128 ? requestId : undefined;
}
