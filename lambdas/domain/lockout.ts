/** When failed logins lock a client id out, and for how long (docs/decisions/0003). */
import type { FailedAttempts } from './ports.ts';

/** The failure with which the lockouts begin. */
export const FAILURES_BEFORE_LOCKOUT = 5;

/** Longest lockout, in seconds. */
export const MAX_LOCKOUT = 900;

/** Seconds without a further failure after which the earlier ones no longer count. */
export const FAILURES_LAPSE_AFTER = 24 * 3600;

/**
 * @param attempts the failures so far, `undefined` where there are none
 * @param now milliseconds since the epoch
 * @returns seconds for which no further attempt is looked at, at least 1; 0 where there is no lockout
 */
export function lockoutLeft(attempts: FailedAttempts | undefined, now: number): number {
  if (attempts === undefined || attempts.count < FAILURES_BEFORE_LOCKOUT) return 0;
  // Not an expired item waiting for its deletion only: DynamoDB may keep it for days.
  if (now >= attempts.lastAt + FAILURES_LAPSE_AFTER * 1000) return 0;
  const lockout = Math.min(2 ** (attempts.count - FAILURES_BEFORE_LOCKOUT), MAX_LOCKOUT);
  const left = Math.ceil((attempts.lastAt + lockout * 1000 - now) / 1000);
  // A clock that is behind the one that counted must not make the wait longer than it is.
  return Math.min(Math.max(left, 0), lockout);
}
