import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client, Credential } from '../../lambdas/domain/client.ts';
import { MAX_TOKEN_LIFETIME } from '../../lambdas/domain/revocation.ts';
import { grant, parseTokenRequest, scopesOf, tokenClaims } from '../../lambdas/domain/token-request.ts';
import { NOW, testRandom } from '../support/clock.ts';

const client: Client = {
  ...{ clientId: 'reader', name: 'Reader', kind: 'service', state: 'active', createdAt: NOW },
  scopes: ['read:products', 'read:usage'],
  roles: ['catalogue'],
  tenant: 'acme',
  allowedClaims: ['userID'],
};
const credential: Credential = {
  ...{
    clientId: 'reader',
    credentialId: 'abcd1234',
    kind: 'api_key',
    hash: '',
    state: 'active',
    createdAt: NOW,
  },
};
const terms = { roles: { catalogue: ['write:products', 'read:products'] }, tokenLifetime: 900 };
const granted = { scopes: ['a', 'b'], claims: { userID: '42' }, lifetime: 300 };
const issuer = { issuer: 'https://api.example.com', audience: 'tollgate' };

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

describe('the claims of a token', () => {
  const claims = () => tokenClaims(granted, { client, credential }, issuer, NOW + 999, testRandom());

  it('are ours, and those that were granted', () => {
    expect(claims()).toEqual({
      ...{ iss: 'https://api.example.com', aud: 'tollgate', sub: 'reader', client_id: 'reader' },
      ...{ credential_id: 'abcd1234', tenant: 'acme', roles: 'catalogue', scope: 'a b', userID: '42' },
      ...{ iat: NOW / 1000, nbf: NOW / 1000, exp: NOW / 1000 + 300 },
      jti: expect.stringMatching(/^[0-9a-f-]{13}-7/),
      txn: expect.stringMatching(/^[0-9a-f-]{13}-4/),
    });
  });

  it('are the same for the same time and randomness', () => {
    expect(claims()).toEqual(claims());
  });

  it('are ours even if a granted claim had the name of one', () => {
    const forged = { ...granted, claims: { sub: 'admin', exp: '9', tenant: 'other', scope: 'all' } };
    expect(tokenClaims(forged, { client, credential }, issuer, NOW, testRandom())).toMatchObject({
      ...{ sub: 'reader', exp: NOW / 1000 + 300, tenant: 'acme', scope: 'a b' },
    });
  });

  it('have a jti that sorts by time', () => {
    const at = (now: number) => tokenClaims(granted, { client, credential }, issuer, now, testRandom()).jti;
    expect(at(NOW) < at(NOW + 1)).toBe(true);
  });
});
