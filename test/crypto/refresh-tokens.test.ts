import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { refreshTokens } from '../../lambdas/crypto/refresh-tokens.ts';
import { mintRefreshToken, parseRefreshToken, secretFrom } from '../../lambdas/domain/refresh-token.ts';
import { testRandom } from '../support/clock.ts';

const token = mintRefreshToken(testRandom());
const successor = refreshTokens.successorOf(token, 'salt');

describe('the successor of a refresh token', () => {
  it('is a refresh token of the same family, and the same for the same salt', () => {
    expect(parseRefreshToken(successor.text)).toEqual({ ok: true, value: successor });
    expect(refreshTokens.lookupOf(successor)).toBe(refreshTokens.lookupOf(token));
    expect(refreshTokens.successorOf(token, 'salt')).toEqual(successor);
  });

  it('is another for another salt, and for another token', () => {
    const other = mintRefreshToken(testRandom(2));
    expect(refreshTokens.successorOf(token, 'else').secret).not.toBe(successor.secret);
    expect(refreshTokens.successorOf(other, 'salt').secret).not.toBe(successor.secret);
  });

  it('cannot be derived from what the table holds', () => {
    // HMAC hashes a key that is longer than a block: with the whole token as key, this would be the successor.
    const stored = Buffer.from(refreshTokens.hashOf(token), 'hex');
    const derived = secretFrom(createHmac('sha256', stored).update('salt').digest());
    expect(derived).not.toBe(successor.secret);
    expect(token.secret.length).toBeLessThanOrEqual(64);
  });
});

describe('what is stored of a refresh token', () => {
  it('is a SHA-256 of all of it, and one of the part that its family shares', () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(refreshTokens.hashOf(token)).toBe(sha256(token.text));
    expect(refreshTokens.lookupOf(token)).toBe(sha256(token.family));
  });
});
