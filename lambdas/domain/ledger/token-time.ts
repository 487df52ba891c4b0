/** Between which hours the records of a token lie, as far as its `jti` tells. */
import { MAX_TOKEN_LIFETIME } from '../revocation.ts';
import { hourOf } from '../usage.ts';
import { issuedAtOf } from './token-life.ts';

/** Milliseconds by which clocks may differ, and more than that. */
const MARGIN = 3_600_000;

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
