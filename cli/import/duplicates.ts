/**
 * Ids that stand in a file more than once. A million ids in a set would take a hundred megabytes, so the first reading
 * keeps a number of each, and only where two are alike a second one looks at the ids themselves.
 */
import { createHash } from 'node:crypto';
import type { Entry } from './entry.ts';

/** What a first reading of all entries remembers. */
export class SeenIds {
  #numbers = new Float64Array(1024);
  #count = 0;

  add(id: string): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#count++] = numberOf(id);
  }

  /** @returns the numbers that came more than once: of ids that did, and by a rare chance of two that differ */
  alike(): ReadonlySet<number> {
    const sorted = this.#numbers.subarray(0, this.#count).sort();
    return new Set(sorted.filter((number, at) => number === sorted[at - 1]));
  }
}

/** @returns the lines of each id that stands there more than once */
export async function linesOfDuplicates(
  alike: ReadonlySet<number>,
  entries: () => AsyncIterable<Entry>,
): Promise<ReadonlyMap<string, number[]>> {
  const lines = new Map<string, number[]>();
  if (alike.size === 0) return lines;
  for await (const { id, line } of entries()) {
    if (id !== undefined && alike.has(numberOf(id))) lines.set(id, [...(lines.get(id) ?? []), line]);
  }
  return new Map([...lines].filter(([, each]) => each.length > 1));
}

/** 48 bits of a hash: as many as a number holds exactly, and more than a file has lines. */
const numberOf = (id: string): number => createHash('sha256').update(id).digest().readUIntBE(0, 6);
