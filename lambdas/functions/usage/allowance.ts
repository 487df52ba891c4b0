/** How much one request may read: it has to end long before its 29 seconds do, whatever it asks for. */

export interface Allowance {
  /** Open hours: eight queries each. */
  openHours: number;
  /** Records of open hours, and as many of hours that are asked for in part. */
  records: number;
  /** Rows of closed hours. */
  rows: number;
  /** Records of tokens. */
  tokenRecords: number;
  /** Records of tokens after which a page is made shorter. */
  tokenRecordsOfPage: number;
  /** Months of subjects or tenants after which a page ends short. */
  monthsOfPage: number;
  /** Hours of subjects' tokens after which a page ends short. */
  tokenHoursOfPage: number;
}

export const ALLOWANCE: Allowance = {
  openHours: 31 * 24,
  records: 250_000,
  rows: 400_000,
  tokenRecords: 500_000,
  tokenRecordsOfPage: 100_000,
  monthsOfPage: 2_000,
  tokenHoursOfPage: 31 * 24,
};

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
export function counter(limit: number, excess: Excess): () => void {
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
