import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintRefreshToken } from '../../lambdas/domain/refresh-token.ts';
import { inWords, MAX_SCOPES, parseScope } from '../../lambdas/domain/scope.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';

const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(' ');

describe('a scope parameter (RFC 6749 §3.3)', () => {
  it('is names separated by single spaces, in their order', () => {
    expect(parseScope('write:products read:products')).toEqual({
      ok: true,
      value: ['write:products', 'read:products'],
    });
  });

  it.each(['', ' ', 'a ', ' a', 'a  b', 'a\tb', 'a"b', 'a\\b', 'ä', 'a\u0000'])('is not %j', (text) => {
    expect(parseScope(text)).toMatchObject({ ok: false, failure: expect.stringContaining('single spaces') });
  });

  it('names each scope once', () => {
    expect(parseScope('a b a')).toMatchObject({ ok: false, failure: expect.stringContaining('twice') });
  });

  it('has an end', () => {
    expect(parseScope(many(MAX_SCOPES)).ok).toBe(true);
    expect(parseScope(many(MAX_SCOPES + 1)).ok).toBe(false);
    expect(parseScope('s'.repeat(100)).ok).toBe(true);
    expect(parseScope('s'.repeat(101)).ok).toBe(false);
    expect(parseScope(' '.repeat(1_000_000)).ok).toBe(false);
  });

  it('is either read exactly or not at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ':', ' ', '"', '\\', '\n', 'é') }), (text) => {
        const parsed = parseScope(text);
        if (parsed.ok) expect(parsed.value.join(' ')).toBe(text);
      }),
    );
  });
});

describe('a scope in a sentence', () => {
  it('stands there by its name', () => {
    expect(inWords('read:users')).toBe("the scope 'read:users'");
  });

  it('is not repeated where it is a secret that got into the wrong parameter', () => {
    const secrets = [
      mintApiKey('reader', 'apikey00', testRandom()),
      mintClientSecret('secret00', testRandom()),
      mintRefreshToken(testRandom()).text,
    ];
    for (const secret of secrets) expect(inWords(secret)).toBe('the scope that is asked for');
  });
});
