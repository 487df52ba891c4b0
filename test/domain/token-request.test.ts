import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { MAX_TOKEN_LIFETIME } from '../../lambdas/domain/revocation.ts';
import { grant, parseTokenRequest, scopesOf } from '../../lambdas/domain/token-request.ts';
import { NOW } from '../support/clock.ts';

const client: Client = {
  ...{ clientId: 'reader', name: 'Reader', kind: 'service', state: 'active', createdAt: NOW },
  scopes: ['read:products', 'read:usage'],
  roles: ['catalogue'],
  tenant: 'acme',
  allowedClaims: ['userID'],
};
const terms = { roles: { catalogue: ['write:products', 'read:products'] }, tokenLifetime: 900 };

describe('the scopes of a client', () => {
  it('are its own and those of its roles, each once, in that order', () => {
    expect(scopesOf(client, terms.roles)).toEqual(['read:products', 'read:usage', 'write:products']);
  });

  it('are none for a role that there is not, whatever objects have by themselves', () => {
    expect(scopesOf({ scopes: [], roles: ['gone', 'toString', '__proto__'] }, terms.roles)).toEqual([]);
  });
});

describe('a token request', () => {
  it('gets everything the client has when it asks for nothing', () => {
    expect(grant({}, client, terms)).toEqual({
      ok: true,
      value: { scopes: ['read:products', 'read:usage', 'write:products'], claims: {}, lifetime: 900 },
    });
  });

  it('can shorten the life and never lengthen it', () => {
    const lifetime = (expiresIn: number | undefined, tokenLifetime?: number) => {
      const asked = expiresIn === undefined ? {} : { expiresIn };
      const own = tokenLifetime === undefined ? client : { ...client, tokenLifetime };
      const outcome = grant(asked, own, terms);
      return outcome.ok ? outcome.value.lifetime : outcome.failure.error;
    };
    expect([lifetime(1), lifetime(900), lifetime(901)]).toEqual([1, 900, 'invalid_request']);
    expect([lifetime(undefined, 60), lifetime(61, 60)]).toEqual([60, 'invalid_request']);
    expect(lifetime(undefined, 10 * MAX_TOKEN_LIFETIME)).toBe(MAX_TOKEN_LIFETIME);
  });

  it('never gets more than the client has, whatever it asks for', () => {
    const member = fc.oneof(
      fc.constantFrom('read:usage', 'read:usage write:products', 'read:users', 300, { userID: '42' }),
      fc.jsonValue(),
    );
    const body = fc.record(
      { scope: member, claims: member, expiresIn: member, other: fc.constant(1) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.option(body, { nil: undefined }), (asked) => {
        const parsed = parseTokenRequest(asked);
        const outcome = parsed.ok ? grant(parsed.value, client, terms) : parsed;
        if (!outcome.ok) {
          expect(outcome.failure.error).toMatch(/^invalid_(request|scope)$/);
          return;
        }
        const { scopes, claims, lifetime } = outcome.value;
        expect(scopesOf(client, terms.roles)).toEqual(expect.arrayContaining([...scopes]));
        expect(Object.keys(claims).filter((name) => name !== 'userID')).toEqual([]);
        expect(lifetime >= 1 && lifetime <= 900).toBe(true);
      }),
    );
  });
});
