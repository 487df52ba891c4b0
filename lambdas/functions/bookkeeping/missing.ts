/** `POST /admin/usage/missing`: which calls have no record. */
import pMap from 'p-map';
import * as z from 'zod/mini';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';
import type { CallReference } from '../../domain/ledger/ports.ts';
import { readJson } from '../../http/body.ts';
import { refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import type { Serve } from './handler.ts';

const MAX_CALLS = 100;
const MAX_BODY = 256 * 1024;
const AT_ONCE = 16;

const text = z.string().check(z.maxLength(255), z.regex(/^[^\p{Cc}\p{Cs}]+$/u));

/** The last time that has an hour of its own: `9999-12-31T23`. */
const LAST = 253_402_300_799_999;

/** The body of the request. */
export const missingSchema = z.strictObject({
  calls: z
    .array(
      z.strictObject({
        request_id: text,
        at: z.int().check(z.gte(0), z.lte(LAST)),
        sub: text,
        jti: text,
      }),
    )
    .check(z.minLength(1), z.maxLength(MAX_CALLS)),
});

/** 200 with the ids of the requests that have no record, in their order. */
export const listMissing: Serve = async ({ records }, { request }) => {
  const body = readJson(request, MAX_BODY);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const parsed = missingSchema.safeParse(body.value);
  if (!parsed.success) return refused(400, 'invalid_body', EXPECTED);
  const missing = await pMap(
    parsed.data.calls,
    async ({ request_id: requestId, at, sub, jti }) => {
      const call = { requestId, at, sub, jti };
      return canBeBooked(call) && (await records.find(call)) !== undefined ? [] : [requestId];
    },
    { concurrency: AT_ONCE },
  );
  return json(200, { missing: missing.flat() });
};

const canBeBooked = ({ sub, jti, at, requestId }: CallReference): boolean =>
  fitsSortKey(sub, jti, new Date(at).toISOString(), requestId);

const EXPECTED = `The body has to have calls, 1 to ${MAX_CALLS} of them, each with request_id, at in milliseconds, sub and jti, and nothing else.`;
