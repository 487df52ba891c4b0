/**
 * Hours from before the first run ever are closed only where somebody asks for them: a deployment that is older than
 * its closing has records there, any other has not, and looking for them would read ninety days of nothing.
 */
import pMap from 'p-map';
import * as z from 'zod/mini';
import { hourBefore, startOf } from '../../domain/ledger/closing.ts';
import { eve, hoursBetween, isWhole } from '../../domain/ledger/due.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { hourOf } from '../../domain/usage.ts';
import { type BodyFault, readJson } from '../../http/body.ts';
import type { Request } from '../../http/event.ts';
import type { ClosingPorts } from './run.ts';

/** The body of `POST /admin/usage/closings`. */
export const closingSchema = z.strictObject({ from: z.iso.date() });

/** @returns the time that a request asks to close hours from on, in milliseconds; `undefined` where it asks for none. */
export function readFrom(request: Request): Result<number | undefined, BodyFault> {
  const body = readJson(request);
  if (!body.ok || body.value === undefined) return body as Result<undefined, BodyFault>;
  const parsed = closingSchema.safeParse(body.value);
  if (parsed.success) return ok(Date.parse(parsed.data.from));
  return fail({
    status: 400,
    reason: 'the body may be empty or have one member, from: a date such as 2026-11-22',
  });
}

/** Hours that are looked at at once. */
const AT_ONCE = 20;

/**
 * Marks the hours from a time on that were never closed, up to the first that was, so that a run closes them. Hours of
 * which records may have expired are left out.
 *
 * @throws {StoreUnavailable}
 */
export async function markBack(
  {
    rollups,
    chain,
    late,
    clock,
    retention,
  }: Pick<ClosingPorts, 'rollups' | 'chain' | 'late' | 'clock' | 'retention'>,
  from: number,
): Promise<void> {
  const now = clock();
  const state = await rollups.state();
  const last = state.closedThrough ?? eve(state, now);
  const earliest = hourOf(Math.max(from, now - retention * 1000));
  if (startOf(earliest) > startOf(last)) return;
  const hours = hoursBetween(hourBefore(earliest), last).filter((hour) => isWhole(hour, now, retention));
  await pMap(
    hours,
    async (hour) => {
      if ((await chain.linkOf(hour)) === undefined) await late.mark(hour);
    },
    { concurrency: AT_ONCE },
  );
}
