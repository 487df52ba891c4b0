import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimText, claimTexts, isClaimReference } from '../../../lambdas/domain/trust/claim-reference.ts';

const claims = {
  sub: 'alice',
  'https://acme.example/roles': ['admin', 7, true, null, { a: 1 }, ['nested']],
  realm_access: { roles: ['editor', 'viewer'] },
  'a/b': { 'm~n': 'tilde' },
  '': { '': 'empty' },
  scope: 'read:a write:a',
  department: 'Domain Admins',
  flag: false,
  count: 0,
  none: null,
  long: 'x'.repeat(1025),
};

describe('a claim is found', () => {
  it.each<[reference: string, text: string | undefined]>([
    ['sub', 'alice'],
    ['/sub', 'alice'],
    ['flag', 'false'],
    ['count', '0'],
    ['/realm_access/roles/1', 'viewer'],
    ['/a~1b/m~0n', 'tilde'],
    ['//', 'empty'],
    ['/https:~1~1acme.example~1roles/0', 'admin'],
    ['none', undefined],
    ['long', undefined],
    ['absent', undefined],
    ['realm_access', undefined],
    ['/realm_access/roles', undefined],
    ['/realm_access/roles/01', undefined],
    ['/realm_access/roles/-', undefined],
    ['/realm_access/roles/2', undefined],
    ['/realm_access/roles/length', undefined],
    ['/sub/length', undefined],
    ['/sub/0', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
    ['/constructor/name', undefined],
    ['/realm_access/__proto__/toString', undefined],
  ])('%s: %s', (reference, text) => {
    expect(claimText(claims, reference)).toBe(text);
  });

  it.each(['7', '-7', '0', '9007199254740991'])('as the number %s, as it is written', (written) => {
    expect(claimText(JSON.parse(`{"id":${written}}`), 'id')).toBe(written);
  });

  it.each([
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '1e400',
    '0.1',
    '7.00000000000000001e17',
  ])('but not as the number %s: another one is read as the same', (written) => {
    const claims = JSON.parse(`{"id":${written}}`);
    expect(claimText(claims, 'id')).toBeUndefined();
    expect(claimTexts(claims, 'id')).toEqual([]);
  });

  it('as a list, of which only texts, numbers and truth values count', () => {
    expect(claimTexts(claims, 'https://acme.example/roles')).toEqual(['admin', '7', 'true']);
    expect(claimTexts(claims, '/realm_access/roles')).toEqual(['editor', 'viewer']);
    expect(claimTexts(claims, 'sub')).toEqual(['alice']);
    expect(claimTexts(claims, 'absent')).toEqual([]);
  });

  it('as a list where the standard writes one with spaces, and nowhere else', () => {
    expect(claimTexts(claims, 'scope')).toEqual(['read:a', 'write:a']);
    expect(claimTexts(claims, 'department')).toEqual(['Domain Admins']);
  });

  it('or not, without throwing, whatever the claims and the reference', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, reference) => {
        for (const text of claimTexts(claims, reference)) expect(typeof text).toBe('string');
        expect(['string', 'undefined']).toContain(typeof claimText(claims, `/${reference}`));
      }),
    );
  });
});

describe('what can name a claim', () => {
  it.each(['sub', 'https://acme.example/roles', '/realm_access/roles', '/a~1b', '/', 'cognito:groups'])(
    '%s',
    (text) => expect(isClaimReference(text)).toBe(true),
  );

  it.each(['', '/a~2', '/a~', 'a{b', 'a}b', 'a\nb', '\ud800', 'x'.repeat(201), '/a'.repeat(11)])(
    'not %j',
    (text) => expect(isClaimReference(text)).toBe(false),
  );
});
