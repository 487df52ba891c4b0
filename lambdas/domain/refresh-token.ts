/**
 * The form of a refresh token. It is opaque to clients, and says to us which session it belongs to:
 *
 *     tgr_<family>_<secret><checksum>
 *
 * Both parts are 256 bits in base62. The family is the same in all tokens of a session and in nothing else, so
 * nobody can name a session who never held one of its tokens. The secret changes with every refresh.
 */
import type { Random } from './ports.ts';
import { fail, ok, type Result } from './result.ts';
import {
  BASE62,
  hasItsChecksum,
  mintSecret,
  partsOf,
  SECRET_AND_CHECKSUM,
  SECRET_LENGTH,
  withChecksum,
} from './secret-format.ts';

export interface RefreshToken {
  /** The token as clients have it. */
  text: string;
  family: string;
  secret: string;
}

const PREFIX = 'tgr';
const FAMILY = /^[0-9A-Za-z]{43}$/;

/**
 * Reads a refresh token without any I/O. That it is well formed says nothing about whether there is such a session.
 *
 * @returns its parts, or `malformed`: another form, another length or a wrong checksum
 */
export function parseRefreshToken(text: string): Result<RefreshToken, 'malformed'> {
  const [prefix, family = '', tail = '', ...rest] = partsOf(text);
  const wellFormed =
    prefix === PREFIX &&
    rest.length === 0 &&
    FAMILY.test(family) &&
    SECRET_AND_CHECKSUM.test(tail) &&
    hasItsChecksum(text);
  return wellFormed ? ok({ text, family, secret: tail.slice(0, SECRET_LENGTH) }) : fail('malformed');
}

/** @returns the first token of a new family. */
export const mintRefreshToken = (random: Random): RefreshToken =>
  refreshToken(mintSecret(random), mintSecret(random));

/** @returns the token of a family that has this secret. */
export const refreshToken = (family: string, secret: string): RefreshToken => ({
  text: withChecksum([PREFIX, family, secret].join('_')),
  family,
  secret,
});

/** @returns 256 bits as the secret of a token. */
export function secretFrom(bytes: Uint8Array): string {
  let digits = '';
  const base = BigInt(BASE62.length);
  for (let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`); rest > 0n; rest /= base) {
    digits = BASE62.charAt(Number(rest % base)) + digits;
  }
  return digits.padStart(SECRET_LENGTH, '0');
}
