import { describe, expect, it } from 'vitest';
import type { Client, Credential } from '../../lambdas/domain/client.ts';
import { issuanceTo, tokenClaims } from '../../lambdas/domain/issuance.ts';
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
const holder = { client, credential };
const granted = { scopes: ['a', 'b'], claims: { userID: '42' }, lifetime: 300 };
const issuer = { issuer: 'https://api.example.com', audience: 'tollgate' };

describe('the claims of a token', () => {
  const claims = () => tokenClaims(issuanceTo(holder, 'login', granted), issuer, NOW + 999, testRandom());

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
    expect(tokenClaims(issuanceTo(holder, 'login', forged), issuer, NOW, testRandom())).toMatchObject({
      ...{ sub: 'reader', exp: NOW / 1000 + 300, tenant: 'acme', scope: 'a b' },
    });
  });

  it('have a jti that sorts by time', () => {
    const at = (now: number) =>
      tokenClaims(issuanceTo(holder, 'login', granted), issuer, now, testRandom()).jti;
    expect(at(NOW) < at(NOW + 1)).toBe(true);
  });
});
