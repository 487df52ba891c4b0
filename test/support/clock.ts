/** The instant at which the tests stand still: 2026-11-22T12:00:00Z, in milliseconds. */
export const NOW = Date.UTC(2026, 10, 22, 12);

/** A clock that moves only when it is told to. */
export function testClock(start: number = NOW) {
  let now = start;
  const clock = () => now;
  return Object.assign(clock, {
    /** @param milliseconds how far to go on */
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
  });
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** @returns a source of bytes that gives the same bytes in each run: test data, not secrets. */
export function testRandom(seed = 1) {
  let state = seed >>> 0;
  return (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
}
