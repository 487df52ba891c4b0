/** Closed hours counted anew, and compared with the link that counts for each. */

import type { Counted, Uncounted } from './bookkeeping.ts';
import type { Fault, Link } from './chain.ts';
import { dollars } from './money.ts';

/** What became of one hour. */
export type Verdict =
  | { kind: 'as_closed' }
  /** Its records have expired: the chain is all there is. */
  | { kind: 'expired' }
  /** It was added to, and the closing has yet to take note. */
  | { kind: 'late' }
  | { kind: 'fault'; fault: Fault };

/** @param link that counts for the hour, by the chain */
export function verdictOn(link: Link, counted: Counted | Uncounted): Verdict {
  if (typeof counted === 'string') return uncounted(link.hour, counted);
  if (counted.link.hash !== link.hash) {
    return fault(
      link.hour,
      `is said to be closed by link ${counted.link.seq}, but by the chain it is link ${link.seq}`,
    );
  }
  const isSame = counted.digest === link.digest;
  if (isSame && counted.records === link.records && counted.cost === link.cost) return { kind: 'as_closed' };
  if (counted.late && counted.records > link.records && counted.cost >= link.cost) return { kind: 'late' };
  return fault(link.hour, difference(link, counted));
}

function uncounted(hour: string, why: Uncounted): Verdict {
  switch (why) {
    case 'hour_expired':
      return { kind: 'expired' };
    case 'hour_not_closed':
      return fault(hour, 'is closed by the chain, but the link that counts for it is gone');
    case 'hour_unreadable':
      return fault(hour, 'has a record that was changed, so that it cannot be read');
    case 'hour_too_large':
      return fault(hour, 'has too many records to be counted by one request, so it is not proven');
  }
}

function difference(link: Link, { records, cost }: Counted): string {
  const money = cost === link.cost ? '' : `, ${dollars(cost)} in place of ${dollars(link.cost)}`;
  const numbers = `${records} records in place of ${link.records}${money}`;
  if (records < link.records) return `lacks records that it was closed with: ${numbers}`;
  if (records > link.records) return `has records that it was closed without: ${numbers}`;
  return `has records that were changed${money === '' ? '' : `: ${money.slice(2)}`}`;
}

const fault = (where: string, says: string): Verdict => ({
  kind: 'fault',
  fault: { kind: 'hour', where: `hour ${where}`, says },
});
