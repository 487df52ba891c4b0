/** How much one request may read: it has to end long before its 29 seconds do, whatever it asks for. */

/** Records of open and partly asked hours. */
export const MOST_RECORDS = 250_000;
/** Open hours: those of a month, eight queries each. */
export const MOST_OPEN_HOURS = 31 * 24;
/** Rows of closed hours. */
export const MOST_ROWS = 400_000;
/** Records of tokens after which a page is made shorter. */
export const MANY_TOKEN_RECORDS = 100_000;
/** Records of tokens. */
export const MOST_TOKEN_RECORDS = 500_000;
/** Months of subjects, and hours of their tokens, after which a page ends short. */
export const MANY_PARTITIONS = 2_000;
export const MANY_TOKEN_HOURS = 31 * 24;

export type Excess = 'hours_not_closed' | 'not_whole_hours' | 'report_too_large';

/** What was asked for takes more than a request can do. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
  readonly excess: Excess;

  constructor(excess: Excess) {
    super(excess);
    this.excess = excess;
  }
}

/** @returns a counter that throws once it is over its limit. */
export function allowance(limit: number, excess: Excess): () => void {
  let used = 0;
  return () => {
    used += 1;
    if (used > limit) throw new TooMuch(excess);
  };
}

/** Runs something for each of some, a few at once. */
export async function forEachFew<Item>(
  items: readonly Item[],
  few: number,
  run: (item: Item) => Promise<unknown>,
): Promise<void> {
  for (let next = 0; next < items.length; next += few) {
    await Promise.all(items.slice(next, next + few).map(run));
  }
}
