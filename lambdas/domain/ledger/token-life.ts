/** In which hours the records of one token can lie: it is used between its issuance and its end, and at no other time. */
import { MAX_TOKEN_LIFETIME } from '../revocation.ts';
import { hourOf } from '../usage.ts';
import { hourAfter } from './closing.ts';

/** What of a token is known: without `exp` it may have lived as long as any. */
export interface TokenLife {
  /** When it was issued, milliseconds since the epoch. */
  issuedAt: number;
  /** Seconds since the epoch. */
  exp?: number;
}

/**
 * Milliseconds by which clocks may differ, and more than that. A record has the gateway's time, a `jti` that of the
 * function that issued it, a moment later; and the guard refuses a token a minute after its end at the latest.
 */
const MARGIN = 5 * 60_000;

/** A UUIDv7 begins with the milliseconds of its making (RFC 9562 §5.7). */
const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @returns when the token of this `jti` was issued, in milliseconds; `undefined` for what is no `jti` of ours */
export function issuedAtOf(jti: string): number | undefined {
  const [, high, low] = UUID_V7.exec(jti) ?? [];
  return high === undefined ? undefined : Number.parseInt(`${high}${low}`, 16);
}

/** @returns the first hour that can have a record of the token; before all hours where its id tells no time. */
export function firstHourOf(jti: string): string {
  const issuedAt = issuedAtOf(jti);
  return issuedAt === undefined ? '' : hourOf(Math.max(0, issuedAt - MARGIN));
}

/** @returns the last hour that can, however long the token lives; behind all hours where its id tells no time. */
export function lastHourOf(jti: string): string {
  const issuedAt = issuedAtOf(jti);
  return issuedAt === undefined ? '~' : hourOf(issuedAt + MAX_TOKEN_LIFETIME * 1000 + MARGIN);
}

/**
 * @param now milliseconds since the epoch; what is later has no records yet
 * @returns the UTC hours that can have a record of the token, in order: 26 at most
 */
export function hoursOfLife({ issuedAt, exp = Number.POSITIVE_INFINITY }: TokenLife, now: number): string[] {
  const end = Math.min(exp * 1000, issuedAt + MAX_TOKEN_LIFETIME * 1000, now) + MARGIN;
  const hours: string[] = [];
  for (let hour = hourOf(Math.max(0, issuedAt - MARGIN)); hour <= hourOf(end); hour = hourAfter(hour)) {
    hours.push(hour);
  }
  return hours;
}

/**
 * @param retention seconds that records are kept
 * @returns whether there can be a record of a token of which only the time of issuance is known
 */
export const mayHaveRecords = (issuedAt: number, now: number, retention: number): boolean =>
  issuedAt - MARGIN <= now && issuedAt + (MAX_TOKEN_LIFETIME + retention) * 1000 + MARGIN > now;
