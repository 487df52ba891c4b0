/**
 * What a token did: its calls, a page at a time, and what they amount to. However many there are, a request reads so
 * many of them and no more; what it has summed up by then goes on with the next page.
 */
import type { Caller } from '../access.ts';
import type { UsageRecord } from '../usage.ts';
import { addRecord, noSums, type Sums } from './rollup.ts';

/** Calls that one request reads at most: a second's work, and a thousand read units. */
export const MAX_CALLS_READ = 10_000;

export type Totals = Pick<Sums, 'calls' | 'errors' | 'refused' | 'cost'>;

export const noTotals = (): Totals => totalsOf(noSums());

export const plus = (one: Totals, other: Totals): Totals => ({
  calls: one.calls + other.calls,
  errors: one.errors + other.errors,
  refused: one.refused + other.refused,
  cost: one.cost + other.cost,
});

const totalsOf = ({ calls, errors, refused, cost }: Sums): Totals => ({ calls, errors, refused, cost });

/** What of a token's calls was read. */
export interface CallsRead {
  /** The first of them. */
  page: UsageRecord[];
  /** What these amount to. */
  pageTotals: Totals;
  /** What all that were read amount to. */
  totals: Totals;
  /** Whether there are no more than were read. */
  complete: boolean;
}

/**
 * @param calls of one token, in the order of their time
 * @param limit how many are wanted; the others are only summed up
 * @param most how many are read
 * @throws {StoreUnavailable}
 */
export async function readCalls(
  calls: AsyncIterable<UsageRecord>,
  limit: number,
  most: number = MAX_CALLS_READ,
): Promise<CallsRead> {
  const [page, onPage, all] = [[] as UsageRecord[], noSums(), noSums()];
  let complete = true;
  for await (const call of calls) {
    if (all.calls >= most) {
      complete = false;
      break;
    }
    addRecord(all, call);
    if (page.length >= limit) continue;
    page.push(call);
    addRecord(onPage, call);
  }
  return { page, pageTotals: totalsOf(onPage), totals: totalsOf(all), complete };
}

/** Whose a token is: that of its subject, and that of the client that it was issued to. */
export const isOwn = (
  token: Pick<UsageRecord, 'sub' | 'clientId'>,
  { sub, clientId }: Pick<Caller, 'sub' | 'clientId'>,
): boolean => token.sub === sub || token.clientId === clientId;
