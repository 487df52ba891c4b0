import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatewayScopes, refusalOf, type TokenAccess } from '../../lambdas/domain/access.ts';

const rule = (changes: Partial<TokenAccess> = {}): TokenAccess => ({
  kind: 'token',
  anyOf: [],
  allOf: [],
  ...changes,
});
const caller = (scopes: string[], claims: Record<string, string> = {}) => ({ scopes, claims });
const scopes: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));

describe('the scopes that the gateway asks for', () => {
  it('are those of which one is enough, or, any-of as well, those that all have to be there', () => {
    expect(gatewayScopes(rule())).toEqual([]);
    expect(gatewayScopes(rule({ anyOf: ['a', 'b'] }))).toEqual(['a', 'b']);
    expect(gatewayScopes(rule({ allOf: ['a', 'b'] }))).toEqual(['a', 'b']);
  });

  it('never refuse what the whole rule allows', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, (anyOf, allOf, held) => {
        const access = rule({ anyOf, allOf });
        if (refusalOf(access, caller(held), {}) !== undefined) return;
        const asked = gatewayScopes(access);
        expect(asked.length === 0 || asked.some((scope) => held.includes(scope))).toBe(true);
      }),
    );
  });
});

describe('the rule of a route', () => {
  it('allows any valid token where it asks for nothing', () => {
    expect(refusalOf(rule(), caller([]), {})).toBeUndefined();
  });

  it('takes one of any and each of all, by the whole name', () => {
    expect(refusalOf(rule({ anyOf: ['a', 'b'] }), caller(['b']), {})).toBeUndefined();
    expect(refusalOf(rule({ anyOf: ['a', 'b'] }), caller(['ab']), {})).toEqual({
      code: 'insufficient_scope',
      scope: 'a b',
    });
    expect(refusalOf(rule({ allOf: ['a', 'b'] }), caller(['b', 'a', 'c']), {})).toBeUndefined();
    expect(refusalOf(rule({ allOf: ['a', 'b'] }), caller(['a']), {})).toEqual({
      code: 'insufficient_scope',
      scope: 'a b',
    });
  });

  it('never allows more with fewer scopes', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, (anyOf, allOf, held) => {
        const access = rule({ anyOf, allOf });
        if (refusalOf(access, caller(held), {}) === undefined) return;
        for (const dropped of held) {
          const fewer = held.filter((scope) => scope !== dropped);
          expect(refusalOf(access, caller(fewer), {})).toBeDefined();
        }
      }),
    );
  });

  it('ties a path parameter to a claim, exactly', () => {
    const own = { pathParameter: 'userId', claim: 'sub', orScope: 'read:users' };
    const refused = { code: 'not_the_owner', scope: 'read:users' };
    expect(refusalOf(rule({ own }), caller([], { sub: 'alice' }), { userId: 'alice' })).toBeUndefined();
    expect(refusalOf(rule({ own }), caller(['read:users']), { userId: 'bob' })).toBeUndefined();
    expect(refusalOf(rule({ own }), caller([], {}), {})).toEqual(refused);
    fc.assert(
      fc.property(fc.string(), fc.string(), (sub, userId) => {
        const allowed = refusalOf(rule({ own }), caller([], { sub }), { userId }) === undefined;
        expect(allowed).toBe(sub === userId);
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])('finds nothing that an object inherits: %s', (name) => {
    const own = { pathParameter: name, claim: name };
    expect(refusalOf(rule({ own }), caller([]), {})).toEqual({ code: 'not_the_owner' });
  });
});
