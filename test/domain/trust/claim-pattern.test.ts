import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClaimPattern, MAX_PATTERN, matchesPattern } from '../../../lambdas/domain/trust/claim-pattern.ts';

describe('a pattern', () => {
  it.each<[pattern: string, value: string, matches: boolean]>([
    ['acme/shop', 'acme/shop', true],
    ['acme/shop', 'acme/shop2', false],
    ['acme/shop', 'xacme/shop', false],
    ['acme/shop', 'Acme/shop', false],
    ['acme/*', 'acme/shop', true],
    ['acme/*', 'acme/', true],
    ['acme/*', 'acme/shop/evil', false],
    ['acme/*', 'acme/shop:evil', false],
    ['acme/*', 'evil/acme/shop', false],
    ['repo:acme/*:ref:refs/heads/main', 'repo:acme/shop:ref:refs/heads/main', true],
    ['repo:acme/*:ref:refs/heads/main', 'repo:acme/shop:ref:refs/heads/x:ref:refs/heads/main', false],
    ['repo:acme/**', 'repo:acme/shop:ref:refs/heads/main', true],
    ['**', '', true],
    ['**', 'any/thing: at all\n', true],
    ['*', '', true],
    ['*', 'a/b', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a**c', 'a/b:c', true],
    ['*.example.com', 'evil.example.com.', false],
    ['a.c', 'abc', false],
    ['[a-z]+', 'abc', false],
    ['$&', '$&', true],
    ['é*', 'é😀', true],
    ['*@acme.example', 'alice@acme.example', true],
  ])('%s, value %s: %s', (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });

  it.each(['', '***', 'a****', 'a\n', '\ud800', 'x'.repeat(MAX_PATTERN + 1), '*a'.repeat(17)])(
    '%j is none',
    (text) => {
      expect(isClaimPattern(text)).toBe(false);
    },
  );

  it('means the same as the regular expression that one would write', () => {
    const piece = fc.constantFrom('a', 'b', '/', ':', '*', '**', '.');
    const pattern = fc
      .array(piece, { maxLength: 8 })
      .map((pieces) => pieces.join(''))
      .filter(isClaimPattern);
    const value = fc.string({ unit: fc.constantFrom('a', 'b', '/', ':', '.'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, value, (pattern, value) => {
        const source = pattern
          .replace(/\./g, '\\.')
          .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/:]*'));
        expect(matchesPattern(pattern, value)).toBe(new RegExp(`^${source}$`, 's').test(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('ends for the patterns that keep a backtracking matcher busy for years', () => {
    expect(matchesPattern('**a'.repeat(85), `${'a'.repeat(1023)}b`)).toBe(false);
    expect(matchesPattern('*a'.repeat(128), `${'a'.repeat(1023)}b`)).toBe(false);
  });
});
