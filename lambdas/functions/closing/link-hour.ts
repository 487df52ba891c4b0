/** Makes what an hour amounted to a link of the chain, unless it is one already. */
import { countsMore, type Link, NO_LINK } from '../../domain/ledger/closing.ts';
import type { ClosingPorts, Run } from './run.ts';

/** What a run found in an hour. */
type Found = Pick<Link, 'hour' | 'digest' | 'records' | 'cost'>;

/**
 *     run 1 reads the head: link 7           run 2 reads the head: link 7
 *     adds its link 8: done
 *                                            adds its link 8: taken
 *                                            begins anew: the hour has run 1's link; with the same digest there is
 *                                            nothing to add, with another the head is link 8, and it adds link 9
 *     lets link 8 count for its hour         lets link 9 count for its hour: its run is the later one
 *
 * @returns `superseded` where a later run has linked the hour otherwise
 * @throws {StoreUnavailable}
 */
export async function linkHour(
  { chain, seals }: ClosingPorts,
  run: Run,
  found: Found,
): Promise<'linked' | 'unchanged' | 'superseded'> {
  for (;;) {
    const current = await chain.linkOf(found.hour);
    if (current?.digest === found.digest) return 'unchanged';
    if (current !== undefined && current.generation > run.generation) {
      run.superseded = true;
      return 'superseded';
    }
    const head = await chain.head();
    const link = left(head, found, current) ?? seals.seal(nextLink(head, run, found));
    if (link === head || (await chain.append(link)) === 'appended') {
      await chain.establish(link);
      return 'linked';
    }
  }
}

/** A run that ended after it had added its link, or never heard that it had, left it at the head. */
const left = (head: Link | undefined, found: Found, current: Link | undefined): Link | undefined =>
  head?.hour === found.hour &&
  head.digest === found.digest &&
  (current === undefined || countsMore(head, current))
    ? head
    : undefined;

const nextLink = (head: Link | undefined, run: Run, found: Found): Omit<Link, 'hash'> => ({
  seq: (head?.seq ?? 0) + 1,
  generation: run.generation,
  ...found,
  previous: head?.hash ?? NO_LINK,
  at: run.now,
});
