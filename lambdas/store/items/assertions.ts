/** Assertions that were used: each counts once. In the directory. */
import { createHash } from 'node:crypto';
import { EXPIRES_AT, type Key, key } from './item.ts';

/** Issuer and `jti` are whatever somebody sends: of any size, of any characters. A hash of both has neither. */
export const assertionKey = (issuer: string, jti: string): Key => ({
  pk: key(
    'ASSERTION',
    createHash('sha256')
      .update(JSON.stringify([issuer, jti]))
      .digest('hex'),
  ),
  sk: 'ASSERTION',
});

/** Seconds that a use is remembered longer than its assertion lives: a clock that is behind may still take it. */
const ASSERTION_MARGIN = 300;

/** @param use which one it is: a write that is sent twice is one use */
export const assertionItem = (
  { issuer, jti, expiresAt }: { issuer: string; jti: string; expiresAt: number },
  use: string,
) => ({ ...assertionKey(issuer, jti), use, [EXPIRES_AT]: expiresAt + ASSERTION_MARGIN });
