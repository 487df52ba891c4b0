import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePlaces, isBehind } from '../../../lambdas/domain/ledger/grouping.ts';
import { lowestGroups } from '../../../lambdas/domain/ledger/lowest-groups.ts';

const part = fc.constantFrom('', 'a', 'a%20', 'b', 'é', '~');
const places = fc.array(fc.tuple(part, part), { maxLength: 60 });
const after = fc.option(fc.oneof(fc.tuple(part), fc.tuple(part, part)), { nil: undefined });

describe('the lowest groups', () => {
  it('are those of a sorted list, each with all that was added to it, in whatever order', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 8 }), after, (calls, count, after) => {
        const page = lowestGroups(count, after);
        for (const place of calls) {
          const sums = page.at(place);
          if (sums !== undefined) sums.calls += 1;
        }
        const sorted = calls.filter((place) => after === undefined || isBehind(place, after));
        sorted.sort(comparePlaces);
        const groups = new Map<string, number>();
        for (const place of sorted) groups.set(place.join('#'), (groups.get(place.join('#')) ?? 0) + 1);
        const lowest = page.lowest().map(({ place, sums }) => [place.join('#'), sums.calls]);
        expect(lowest).toEqual([...groups].slice(0, count));
      }),
    );
  });

  it('hold no more than twice as many as are looked for', () => {
    const page = lowestGroups(100);
    let held = 0;
    for (let index = 10_000; index > 0; index--) {
      page.at([String(index).padStart(5, '0')]);
      held = Math.max(held, page.countThrough('~'));
    }
    expect(held).toBeLessThan(200);
    expect(page.bound()).toEqual(['00100']);
  });

  it('are half as many, when there is too much to each of them', () => {
    const page = lowestGroups(10);
    for (const place of ['d', 'c', 'b', 'a']) page.at([place]);
    page.halve();
    expect([page.wanted, page.bound()]).toEqual([2, ['b']]);
    expect(page.at(['c'])).toBeUndefined();
    expect(page.lowest().map(({ place }) => place)).toEqual([['a'], ['b']]);
    page.halve();
    expect(page.wanted).toBe(2);
  });
});
