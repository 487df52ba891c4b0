import type { CallPosition, LineageReader, TokenOfRecords } from '../../domain/ledger/ports.ts';
import { hourOf, type UsageRecord } from '../../domain/usage.ts';

/**
 * @param hours in which its calls can lie, in order
 * @param after only those after this one
 * @returns the calls of a token, in the order of their time
 * @throws {StoreUnavailable} while it is iterated
 */
export async function* callsOf(
  lineage: LineageReader,
  token: TokenOfRecords,
  hours: readonly string[],
  after?: CallPosition,
): AsyncGenerator<UsageRecord, void, undefined> {
  const first = after === undefined ? '' : hourOf(after.at);
  for (const hour of hours) {
    if (hour >= first) yield* lineage.callsOf(token, hour, after);
  }
}
