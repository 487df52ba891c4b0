/**
 * The groups of a page: of all those that calls are added to, the ones with the lowest places. However many others
 * there are, and in whatever order they come, no more than twice a page is held.
 */
import { comparePlaces, isBehind, type Place } from './grouping.ts';
import { noSums, type Sums } from './rollup.ts';

export interface Group {
  place: Place;
  sums: Sums;
}

export interface LowestGroups {
  /** How many are looked for. */
  readonly wanted: number;
  /** @returns whether the group of a place can be one of them */
  wants(place: Place): boolean;
  /** @returns the sums to add a call to, or `undefined` where its group is none of those that are looked for */
  at(place: Place): Sums | undefined;
  /** @returns the last place that can still be one of them, once there are enough */
  bound(): Place | undefined;
  /** @returns how many groups there are whose place begins with this part or a lower one */
  countThrough(part: string): number;
  /** Looks for half as many from now on as there are, two at least: the lower half is known already. */
  halve(): void;
  /** @returns the groups in their order: complete, if all calls of theirs were added */
  lowest(): Group[];
}

/**
 * @param count how many
 * @param after only groups behind this place
 */
export function lowestGroups(count: number, after?: Place): LowestGroups {
  let wanted = count;
  let groups = new Map<string, Group>();
  let bound: Place | undefined;

  /** What is dropped cannot come back: there are enough below it, and there will only be more. */
  const settle = (): void => {
    if (groups.size < wanted) return;
    const kept = [...groups].sort(([, a], [, b]) => comparePlaces(a.place, b.place)).slice(0, wanted);
    groups = new Map(kept);
    bound = kept.at(-1)?.[1].place;
  };
  const isOutside = (place: Place): boolean =>
    (after !== undefined && !isBehind(place, after)) ||
    (bound !== undefined && comparePlaces(place, bound) > 0);

  return {
    get wanted() {
      return wanted;
    },
    wants: (place) => !isOutside(place),
    at(place) {
      if (isOutside(place)) return undefined;
      const id = JSON.stringify(place);
      const group = groups.get(id) ?? { place, sums: noSums() };
      groups.set(id, group);
      if (groups.size >= 2 * wanted) settle();
      return group.sums;
    },
    bound() {
      settle();
      return bound;
    },
    countThrough: (part) => [...groups.values()].filter(({ place: [first = ''] }) => first <= part).length,
    halve() {
      wanted = Math.max(2, Math.ceil(Math.min(wanted, groups.size) / 2));
      settle();
    },
    lowest() {
      settle();
      return [...groups.values()].sort((a, b) => comparePlaces(a.place, b.place));
    },
  };
}
