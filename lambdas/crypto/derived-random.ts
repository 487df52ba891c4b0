/** Randomness that comes out the same again: for a request that may be sent twice, and keeps no secret in between. */
import { createHash, hkdfSync } from 'node:crypto';
import type { Random } from '../domain/ports.ts';

/**
 * HKDF (RFC 5869) of the key, which only whoever asks has, and a salt, which only the table has: neither alone tells
 * anything of what comes out. The key is the input keying material, so it is never a key of HMAC, which would take the
 * hash of a long one for it: that hash is in the table.
 *
 * @param key of 128 random bits at least
 * @param salt random as well, new for each key
 * @returns bytes in the order in which they are asked for, at most 8,160 at once; the same in the same order
 */
export function derivedRandom(key: string, salt: string): Random {
  let drawn = 0;
  return (size) => new Uint8Array(hkdfSync('sha256', key, salt, `tollgate idempotency ${drawn++}`, size));
}

/** @returns what a key is found by, and is not to be had from. */
export const requestOf = (key: string): string => createHash('sha256').update(key).digest('hex');
