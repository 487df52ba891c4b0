import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authenticated, hashFor, type Proof, proofOf } from '../../lambdas/domain/authentication.ts';
import type { Client, SecretCredential } from '../../lambdas/domain/client.ts';
import { mintApiKey, mintClientSecret, mintPassword } from '../../lambdas/domain/secret-format.ts';
import { NOW, testRandom } from '../support/clock.ts';

const apiKey = mintApiKey('reader', 'abcd1234', testRandom());
const clientSecret = mintClientSecret('abcd1234', testRandom());
const basic = (userId: string, password: string) => proofOf({ scheme: 'basic', userId, password });

const client: Client = {
  ...{ clientId: 'reader', name: 'Reader', kind: 'service', state: 'active', createdAt: NOW },
  ...{ scopes: [], roles: [], allowedClaims: [] },
};
const credential: SecretCredential = {
  ...{ clientId: 'reader', credentialId: 'abcd1234', kind: 'api_key', state: 'active', createdAt: NOW },
  hash: 'the hash',
};
const proof: Proof = { clientId: 'reader', credentialId: 'abcd1234', kind: 'api_key', secret: apiKey };

describe('what is presented', () => {
  it('names its credential: in the API key, in the client secret, or the one password', () => {
    expect(proofOf({ scheme: 'api_key', apiKey })).toEqual({ ok: true, value: proof });
    expect(basic('reader', clientSecret)).toEqual({
      ok: true,
      value: { ...proof, kind: 'client_secret', secret: clientSecret },
    });
    const password = mintPassword(testRandom());
    expect(basic('reader', password)).toEqual({
      ok: true,
      value: { clientId: 'reader', credentialId: 'password', kind: 'password', secret: password },
    });
  });

  it('is a password when it is no well-formed client secret, whatever else it is', () => {
    for (const secret of [apiKey, `${clientSecret}x`, clientSecret.slice(0, -1), '', ':', ' ']) {
      expect(basic('reader', secret)).toMatchObject({ value: { kind: 'password', secret } });
    }
  });

  it.each(['', 'Reader', '-reader', 'reader-', 'a_b', 'a#b', 'a b', 'ä', 'a'.repeat(65)])(
    'is malformed with the client id %j',
    (userId) => {
      expect(basic(userId, clientSecret)).toEqual({ ok: false, failure: 'malformed' });
    },
  );

  it('is read or refused, and never throws', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (one, other) => {
        proofOf({ scheme: 'api_key', apiKey: one });
        basic(one, other);
      }),
    );
  });
});

describe('a credential', () => {
  it('proves its client', () => {
    expect(hashFor(proof, { client, credential })).toBe('the hash');
    expect(authenticated(proof, { client, credential }, true, NOW)).toEqual({ client, credential });
  });

  it('proves nothing with a wrong secret', () => {
    expect(authenticated(proof, { client, credential }, false, NOW)).toBeUndefined();
  });

  it.each<[string, Partial<SecretCredential>]>([
    ["another client's", { clientId: 'writer' }],
    ['another id', { credentialId: 'abcd1235' }],
    ['another kind', { kind: 'client_secret' }],
  ])('is not compared with what is of %s', (_, changes) => {
    const facts = { client, credential: { ...credential, ...changes } };
    expect(hashFor(proof, facts)).toBeUndefined();
    expect(authenticated(proof, facts, true, NOW)).toBeUndefined();
  });

  it.each<[string, Partial<Client>, Partial<SecretCredential>]>([
    ['of a disabled client', { state: 'disabled' }, {}],
    ['beside the item of another client', { clientId: 'writer' }, {}],
    ['that is disabled', {}, { state: 'disabled' }],
    ['that expires now', {}, { validUntil: NOW }],
  ])('proves nothing %s', (_, clientChanges, changes) => {
    const facts = { client: { ...client, ...clientChanges }, credential: { ...credential, ...changes } };
    expect(authenticated(proof, facts, true, NOW)).toBeUndefined();
  });

  it('proves nothing alone, and neither does a client', () => {
    expect(hashFor(proof, { client })).toBeUndefined();
    expect(authenticated(proof, { client }, true, NOW)).toBeUndefined();
    expect(authenticated(proof, { credential }, true, NOW)).toBeUndefined();
    expect(authenticated(proof, {}, true, NOW)).toBeUndefined();
  });
});
