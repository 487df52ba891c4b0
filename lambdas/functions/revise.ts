/** How operators change a record that is kept as one: two of them at once, and neither undoes what the other did. */
import type { Change } from '../domain/audit.ts';
import { StoreUnavailable } from '../domain/ports.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Revised, RevisedRecord } from '../domain/revised.ts';
import type { Response } from '../http/event.ts';
import type { OperatorRequest } from '../http/operator.ts';

/** As many operators at once as can be told from a fault. */
const ATTEMPTS = 5;

/**
 * Reads the record, lets `step` say what becomes of it, and writes that if the record is still what was read:
 *
 *     one       read r1            write r2 if r1: done
 *     another        read r1                  write r3 if r1: no   read r2   write r3 if r2: done
 *
 * @param change as the trail has it: noted before the first write
 * @param step what the record is to be, or the answer why not; asked anew where somebody was faster
 * @returns what it was before, and its revision now; or the answer of `step`
 * @throws {StoreUnavailable} where it is not certain what was written, or others write it all the time
 */
export async function revise<Value>(
  record: RevisedRecord<Value>,
  asked: OperatorRequest,
  change: Change,
  step: (seen: Revised<Value>) => Promise<Result<Value, Response>>,
): Promise<Result<{ before: Value; revision: string }, Response>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const seen = await record.read();
    const next = await step(seen);
    if (!next.ok) return next;
    if (attempt === 0) await asked.change(change);
    const revision = await record.replace(seen, next.value);
    if (revision !== undefined) return ok({ before: seen.value, revision });
  }
  throw new StoreUnavailable('others change it all the time');
}
