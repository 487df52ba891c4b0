/**
 * What is made of refresh tokens. None is stored, and still the next one can be given out twice: it is derived from
 * the token that it replaces and a salt that is stored. Who has only the token, or only the table, can derive nothing.
 */
import { createHash, createHmac } from 'node:crypto';
import type { RefreshTokens } from '../domain/ports.ts';
import { refreshToken, secretFrom } from '../domain/refresh-token.ts';

export const refreshTokens: RefreshTokens = {
  lookupOf: ({ family }) => sha256(family),
  hashOf: ({ text }) => sha256(text),
  // The key is the secret alone. It must never be the whole token: that is longer than a block of SHA-256, so HMAC
  // would hash it first (RFC 2104 §2), and that very hash is in the table.
  successorOf: ({ family, secret }, salt) =>
    refreshToken(family, secretFrom(createHmac('sha256', secret).update(salt).digest())),
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
