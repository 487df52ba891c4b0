/**
 * Records that operators book when the function that served the call could not: read from JSON, and believed in nothing
 * that can be looked at. What is booked stays for good, so whatever could not be of a call is refused, by a code.
 */
import * as z from 'zod/mini';
import { grantTypes } from '../grant-type.ts';
import { parseLineage } from '../lineage.ts';
import { fail, ok, type Result } from '../result.ts';
import { hourOf, type IssuedToken, type UsageRecord } from '../usage.ts';
import { isWhole } from './due.ts';
import { fitsPartitionKey, fitsSortKey } from './key-length.ts';
import { MAX_AMOUNT } from './price.ts';

/** What of a call can be told from outside: all of its record but what it cost, and whether the guard refused it. */
export type SeenCall = Omit<UsageRecord, 'price' | 'pricedFrom' | 'outcome' | 'bookedBy'>;

/** A record to be booked late, with the token that was issued if it is a login's. */
export interface LateRecord<Of extends SeenCall = UsageRecord> {
  record: Of;
  issued?: IssuedToken;
}

/** Between which times records are taken; `now` in milliseconds. */
export interface LateTerms {
  now: number;
  /** Seconds that records are kept. */
  retention: number;
}

/** Why a record is not booked; stable. */
export type LateRefusal =
  | `invalid_${string}`
  | 'unknown_member'
  | 'too_old'
  | 'in_the_future'
  | 'too_recent'
  | 'issued_differs';

/** Milliseconds by which the gateway's clock may be ahead of ours. */
const AHEAD = 5 * 60_000;

/**
 * Milliseconds after which a call that has no record will not get one by itself: its function runs for half a minute at
 * most.
 */
export const SETTLED = 5 * 60_000;

/** Milliseconds that an hour has to have left before it expires: it is to be closed once more, with what comes late. */
const TO_BE_CLOSED = 60 * 60_000;

/** Three parts, each of which is no more than that; what is above was never a price of ours. */
const MAX_PRICE = 4 * MAX_AMOUNT;

/** The longest that a function runs at all, and more than a body has. */
const MAX_LATENCY = 900_000;
const MAX_BYTES = 20 * 1024 * 1024;

/** Neither control characters nor halves of characters, which no key can hold. */
const TEXT = /^[^\p{Cc}\p{Cs}]+$/u;
const text = (length: number) => z.string().check(z.maxLength(length), z.regex(TEXT));
const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;

const seen = {
  requestId: text(128),
  at: whole(0, Number.MAX_SAFE_INTEGER),
  sub: text(255),
  clientId: text(255),
  credentialId: text(255),
  tenant: z.optional(text(255)),
  jti: text(255),
  txn: text(255),
  route: text(512),
  status: whole(100, 599),
  bytesOut: z.optional(whole(0, MAX_BYTES)),
  latency: whole(0, MAX_LATENCY),
  sourceIp: text(64),
};

const seenShape = z.strictObject(seen);

const recordShape = z.strictObject({
  ...seen,
  outcome: z.enum(['admitted', 'refused']),
  price: whole(0, MAX_PRICE),
  pricedFrom: z.optional(z.string().check(z.regex(time))),
});

const issuedShape = z.strictObject({
  jti: text(255),
  clientId: text(255),
  credentialId: text(255),
  sub: text(255),
  tenant: z.optional(text(255)),
  scopes: z.array(text(255)).check(z.maxLength(200)),
  txn: text(255),
  kid: text(255),
  iat: whole(0, 1e11),
  exp: whole(0, 1e11),
  sourceIp: text(64),
  grantType: z.enum(['login', ...grantTypes]),
  origin: z.optional(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('refreshed'), family: text(255) }),
      z.strictObject({ kind: z.literal('exchanged'), jti: text(255) }),
      z.strictObject({
        kind: z.literal('federated'),
        issuer: text(255),
        subject: text(255),
        jti: z.optional(text(2048)),
      }),
    ]),
  ),
  lineage: z.optional(text(8192)),
});

const entry = z.strictObject({ record: z.unknown(), issued: z.optional(z.unknown()) });

/**
 * A record as it was logged whole.
 *
 * @param given `record`, and `issued` for a login's
 */
export function parseReplayed(given: unknown, terms: LateTerms): Result<LateRecord, LateRefusal> {
  const parsed = entry.safeParse(given);
  if (!parsed.success) return refusalOf(parsed.error, '');
  const record = recordShape.safeParse(parsed.data.record);
  if (!record.success) return refusalOf(record.error, 'record');
  const late = record.data as UsageRecord;
  if (late.price > 0 && (late.outcome === 'refused' || late.status >= 500)) return fail('invalid_price');
  const refusal = keyRefusal(late) ?? timeRefusal(late.at, terms);
  if (refusal !== undefined) return fail(refusal);
  return parsed.data.issued === undefined ? ok({ record: late }) : withIssued(late, parsed.data.issued);
}

/**
 * A call as the gateway saw it. What it cost is not the sender's to say.
 *
 * @param given `record`, without what it cost and how it was decided
 */
export function parseSeen(given: unknown, terms: LateTerms): Result<LateRecord<SeenCall>, LateRefusal> {
  const parsed = entry.safeParse(given);
  if (!parsed.success) return refusalOf(parsed.error, '');
  if (parsed.data.issued !== undefined) return fail('invalid_issued');
  const record = seenShape.safeParse(parsed.data.record);
  if (!record.success) return refusalOf(record.error, 'record');
  const call = record.data as SeenCall;
  const refusal = keyRefusal(call) ?? timeRefusal(call.at, terms);
  if (refusal !== undefined) return fail(refusal);
  return terms.now - call.at < SETTLED ? fail('too_recent') : ok({ record: call });
}

/** @returns whether the guard refused it: these are its answers. Where a handler may have answered so, the client has the benefit. */
export const outcomeOf = (status: number): UsageRecord['outcome'] =>
  status === 401 || status === 403 ? 'refused' : 'admitted';

function withIssued(record: UsageRecord, given: unknown): Result<LateRecord, LateRefusal> {
  const parsed = issuedShape.safeParse(given);
  if (!parsed.success) return refusalOf(parsed.error, 'issued');
  const issued = parsed.data as IssuedToken;
  if (issued.lineage !== undefined && parseLineage(issued.lineage) === undefined)
    return fail<LateRefusal>('invalid_lineage');
  const same = (['jti', 'sub', 'clientId', 'credentialId', 'tenant', 'txn'] as const).every(
    (name) => issued[name] === record[name],
  );
  return same && issued.iat <= issued.exp ? ok({ record, issued }) : fail('issued_differs');
}

/** Of the record and its token, and of the row that its hour will have: without that the hour could never be closed. */
function keyRefusal(call: SeenCall): LateRefusal | undefined {
  const { sub, jti, requestId, route, clientId, credentialId, tenant = '', txn } = call;
  const fits =
    fitsSortKey(sub, jti, '2026-11-22T00:00:00.000Z', requestId) &&
    fitsSortKey('2026-11-22T00', route, clientId, tenant) &&
    fitsPartitionKey('CREDENTIAL', clientId, credentialId) &&
    fitsPartitionKey('TXN', txn);
  return fits ? undefined : 'invalid_key';
}

function timeRefusal(at: number, { now, retention }: LateTerms): LateRefusal | undefined {
  if (at > now + AHEAD) return 'in_the_future';
  return isWhole(hourOf(at), now + TO_BE_CLOSED, retention) ? undefined : 'too_old';
}

function refusalOf({ issues }: z.core.$ZodError, whole: string) {
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') return fail<LateRefusal>('unknown_member');
  const member = String(issue?.path[0] ?? (whole || 'entry'));
  return fail<LateRefusal>(`invalid_${member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
}
