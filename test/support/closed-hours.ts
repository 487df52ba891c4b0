/** What a ledger says of closed hours, in a form that two ledgers can be compared by. */
import { createHash } from 'node:crypto';
import { type Link, NO_LINK } from '../../lambdas/domain/ledger/closing.ts';

type Item = Record<string, unknown>;

/**
 * @param items everything that is in the table
 * @returns rows, totals and who was active; of each hour what its link says of its records; how far hours are closed;
 *   and which are marked. Not which run wrote it, and when.
 */
export function figuresIn(items: readonly Item[]) {
  const sums = items
    .filter(({ pk }) => /^(ROLLUP|TOTAL|ACTIVE)#/.test(String(pk)))
    .map(({ generation: _, ...item }) => item);
  const hours = items
    .filter(({ pk }) => String(pk).startsWith('HOUR#'))
    .map(({ hour, digest, records, cost }) => ({ hour, digest, records, cost }));
  const state = items.find(({ pk }) => pk === 'CLOSING');
  return {
    sums: sums.sort(byKey),
    hours: hours.sort((one, other) => (String(one.hour) < String(other.hour) ? -1 : 1)),
    through: [state?.closedThrough, state?.checkedThrough],
    late: items.filter(({ pk }) => pk === 'LATE').map(({ hour }) => hour),
  };
}

const byKey = (one: Item, other: Item) => (`${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1);

/** @returns what is wrong with a chain; nothing where each link follows from the one before. */
export function faultsOf(links: readonly Link[]): string[] {
  return links.flatMap(({ hash, ...link }, index) => [
    ...(link.seq === index + 1 ? [] : [`link ${link.seq} at place ${index + 1}`]),
    ...(link.previous === (links[index - 1]?.hash ?? NO_LINK) ? [] : [`${link.seq} does not follow`]),
    ...(hash === hashOf(link) ? [] : [`${link.seq} is not what was hashed`]),
  ]);
}

/** Written apart from the code that it checks. */
const hashOf = (link: Omit<Link, 'hash'>): string => {
  const { at, cost, digest, generation, hour, previous, records, seq } = link;
  const canonical = `{"at":${at},"cost":${cost},"digest":"${digest}","generation":${generation},"hour":"${hour}",`;
  return sha256(`${canonical}"previous":"${previous}","records":${records},"seq":${seq}}`);
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
