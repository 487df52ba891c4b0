import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mintRefreshToken,
  parseRefreshToken,
  refreshToken,
  secretFrom,
} from '../../lambdas/domain/refresh-token.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { isSecretValue } from '../../lambdas/domain/secret-looking.ts';
import { testRandom } from '../support/clock.ts';

const minted = mintRefreshToken(testRandom());
const random = fc.nat().map((seed) => testRandom(seed));

describe('a refresh token', () => {
  it('reads tgr_<family>_<secret><checksum>, 97 characters', () => {
    expect(minted.text).toMatch(/^tgr_[0-9A-Za-z]{43}_[0-9A-Za-z]{49}$/);
    expect(minted.text).toHaveLength(97);
  });

  it('is read as it was minted', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        const token = mintRefreshToken(bytes);
        expect(parseRefreshToken(token.text)).toEqual({ ok: true, value: token });
      }),
    );
  });

  it('has two parts that are not the same', () => {
    expect(minted.family).not.toBe(minted.secret);
  });

  it.each([
    ['nothing', ''],
    ['an API key', mintApiKey('reader', 'abcd1234', testRandom())],
    ['a client secret', mintClientSecret('abcd1234', testRandom())],
    ['another prefix', minted.text.replace('tgr', 'tgs')],
    ['no secret', minted.text.slice(0, 47)],
    ['a part too many', `${minted.text}_x`],
    ['a family that is too short', refreshToken('abc', minted.secret).text],
    ['a secret that is too short', refreshToken(minted.family, 'abc').text],
    ['a space at its end', `${minted.text} `],
    ['a megabyte', minted.text.repeat(10_000)],
  ])('is none: %s', (_, text) => {
    expect(parseRefreshToken(text)).toEqual({ ok: false, failure: 'malformed' });
  });

  it('is malformed after any slip', () => {
    const slip = fc.tuple(fc.nat(minted.text.length - 1), fc.stringMatching(/^[0-9A-Za-z]$/));
    fc.assert(
      fc.property(slip, ([at, character]) => {
        fc.pre(minted.text[at] !== character);
        const slipped = minted.text.slice(0, at) + character + minted.text.slice(at + 1);
        expect(parseRefreshToken(slipped).ok).toBe(false);
      }),
    );
  });

  it('is read without an exception, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRefreshToken(text).ok).toBe(false);
      }),
    );
  });

  it('looks like a secret, so no claim of a token can carry one', () => {
    expect(isSecretValue(`see ${minted.text}`)).toBe(true);
  });
});

describe('a secret from 256 bits', () => {
  it('has 43 digits, whatever the bits', () => {
    expect(secretFrom(new Uint8Array(32))).toBe('0'.repeat(43));
    expect(secretFrom(new Uint8Array(32).fill(255))).toMatch(/^[0-9A-Za-z]{43}$/);
  });

  it('is another for other bits', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(secretFrom(one) === secretFrom(other)).toBe(Buffer.from(one).equals(other));
      }),
    );
  });
});
