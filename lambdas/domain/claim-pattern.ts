/**
 * Patterns for the values of claims: `*` stands for anything without `/` and `:`, `**` for anything, all else for
 * itself. A value is read once from left to right, so no pattern and no value can make it slow.
 */

export const MAX_PATTERN = 256;

/** What a character meets: itself, or what is behind a star. */
type Part =
  | { kind: 'character'; character: string }
  | { kind: 'stars'; accepts: (character: string) => boolean };

/** @returns whether the text is a pattern: not empty, not too long, of printable characters, at most two stars in a row. */
export const isClaimPattern = (text: string): boolean =>
  text !== '' && text.length <= MAX_PATTERN && !/\*{3}|[\p{Cc}\p{Cs}]/u.test(text);

/** @returns whether the whole value is as the pattern says; upper and lower case differ. */
export function matchesPattern(pattern: string, value: string): boolean {
  const parts = partsOf(pattern);
  let reached = withStars(parts, [0]);
  for (const character of value) {
    reached = withStars(parts, after(parts, reached, character));
    if (reached.size === 0) return false;
  }
  return reached.has(parts.length);
}

const STARS: Readonly<Record<string, Part>> = {
  '*': { kind: 'stars', accepts: (character) => character !== '/' && character !== ':' },
  '**': { kind: 'stars', accepts: () => true },
};

const partsOf = (pattern: string): Part[] =>
  [...pattern.matchAll(/\*\*?|[^*]/gu)].map(
    ([text]) => STARS[text] ?? { kind: 'character', character: text },
  );

/** The places in the pattern that one more character leads to. */
function* after(parts: readonly Part[], reached: Iterable<number>, character: string): Generator<number> {
  for (const place of reached) {
    const part = parts[place];
    if (part?.kind === 'stars' && part.accepts(character)) yield place;
    if (part?.kind === 'character' && part.character === character) yield place + 1;
  }
}

/** Stars may stand for nothing, so behind each of them is reached as well. */
function withStars(parts: readonly Part[], places: Iterable<number>): Set<number> {
  const reached = new Set<number>();
  for (const place of places) {
    let next = place;
    reached.add(next);
    while (parts[next]?.kind === 'stars') reached.add(++next);
  }
  return reached;
}
