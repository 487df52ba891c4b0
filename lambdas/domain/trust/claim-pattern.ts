/**
 * Patterns for the values of claims: `*` stands for anything without `/` and `:`, `**` for anything, all else for
 * itself. A value is read once from left to right, so no pattern and no value can make it slow.
 */

export const MAX_PATTERN = 256;

/** Stars in a pattern: each may have to be tried at each character of a value. */
const MAX_STARS = 16;

/**
 * @returns whether the text is a pattern: not empty, not too long, of printable characters, at most two stars in a row
 *   and {@link MAX_STARS} in all
 */
export const isClaimPattern = (text: string): boolean =>
  text !== '' &&
  text.length <= MAX_PATTERN &&
  text.split('*').length <= MAX_STARS + 1 &&
  !/\*{3}|[\p{Cc}\p{Cs}]/u.test(text);

/** @returns whether the whole value is as the pattern says; upper and lower case differ. */
export function matchesPattern(pattern: string, value: string): boolean {
  const parts = partsOf(pattern);
  /** Up to which places the pattern may have come with what was read. */
  const reached = new Uint8Array(parts.length + 1);
  reached[0] = 1;
  let from = passStars(parts, reached, 0);
  for (let at = 0; at < value.length; at += 1) {
    if (!read(value.charCodeAt(at), parts, reached, from)) return false;
    from = passStars(parts, reached, from);
  }
  return reached[parts.length] === 1;
}

/** What no character is. */
const STAR = -1;
const TWO_STARS = -2;

/** A character's code, or one of the two. */
type Part = number;

const partsOf = (pattern: string): Part[] =>
  Array.from(pattern.matchAll(/\*\*?|[^*]/g), ([text]) => {
    if (text === '**') return TWO_STARS;
    return text === '*' ? STAR : text.charCodeAt(0);
  });

const SEPARATORS = ['/', ':'].map((separator) => separator.charCodeAt(0));

/** Goes on by one character; backwards, so that no place is moved twice. @returns whether there is a way on */
function read(code: number, parts: readonly Part[], reached: Uint8Array, from: number): boolean {
  const passesStar = !SEPARATORS.includes(code);
  let goesOn = false;
  for (let place = parts.length; place >= from; place -= 1) {
    if (reached[place] !== 1) continue;
    const part = parts[place];
    const stays = part === TWO_STARS || (part === STAR && passesStar);
    const moves = part === code;
    reached[place] = stays ? 1 : 0;
    if (moves) reached[place + 1] = 1;
    goesOn ||= stays || moves;
  }
  return goesOn;
}

/** Stars may stand for nothing. @returns the last two stars that were reached: what is before them adds nothing. */
function passStars(parts: readonly Part[], reached: Uint8Array, from: number): number {
  let last = from;
  for (let place = from; place < parts.length; place += 1) {
    const part = parts[place];
    if (reached[place] !== 1 || (part !== STAR && part !== TWO_STARS)) continue;
    reached[place + 1] = 1;
    if (part === TWO_STARS) last = place;
  }
  return last;
}
