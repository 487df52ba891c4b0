import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AssertionProof,
  authenticated,
  hashFor,
  keyFor,
  proofByAssertion,
  proofOf,
  type SecretProof,
} from '../../lambdas/domain/authentication.ts';
import type { Client, PublicKeyCredential, SecretCredential } from '../../lambdas/domain/client.ts';
import { mintApiKey, mintClientSecret, mintPassword } from '../../lambdas/domain/secret-format.ts';
import { unsigned } from '../support/client-assertions.ts';
import { NOW, SECOND, testRandom } from '../support/clock.ts';

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
const proof: SecretProof = { clientId: 'reader', credentialId: 'abcd1234', kind: 'api_key', secret: apiKey };

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

  it.each(['', 'rea der', '-reader', 'reader-', '_b', 'a#b', 'a b', 'ä', 'a'.repeat(65)])(
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

describe('a public key', () => {
  const key: PublicKeyCredential = {
    ...{ clientId: 'reader', credentialId: 'Key-1', kind: 'public_key', state: 'active', createdAt: NOW },
    jwk: { kty: 'EC' },
  };
  const signed: AssertionProof = {
    ...{ clientId: 'reader', credentialId: 'Key-1', kind: 'public_key', algorithm: 'ES256' },
    ...{ jti: 'a', expiresAt: NOW / SECOND + 300, assertion: 'a.b.c' },
  };

  it('is named by the assertion that it has to have signed', () => {
    const issuer = 'https://api.example.com';
    const claims = { iss: 'reader', sub: 'reader', aud: issuer, jti: 'a', exp: NOW / SECOND + 300 };
    const assertion = `${unsigned({ alg: 'ES256', kid: 'Key-1' }, claims)}.c2ln`;
    expect(proofByAssertion(assertion, { issuer, now: NOW })).toEqual({
      ok: true,
      value: { ...signed, assertion },
    });
    expect(proofByAssertion(assertion, { issuer: 'https://b.example.com', now: NOW })).toMatchObject({
      failure: 'wrong_audience',
    });
  });

  it('proves its client by a right signature alone', () => {
    expect(keyFor(signed, { client, credential: key })).toEqual(key.jwk);
    expect(authenticated(signed, { client, credential: key }, true, NOW)).toEqual({
      client,
      credential: key,
    });
    expect(authenticated(signed, { client, credential: key }, false, NOW)).toBeUndefined();
  });

  it.each<[string, Partial<PublicKeyCredential>]>([
    ["another client's", { clientId: 'writer' }],
    ['another id', { credentialId: 'Key-2' }],
  ])('is not taken where what is stored is %s', (_, changes) => {
    expect(keyFor(signed, { client, credential: { ...key, ...changes } })).toBeUndefined();
    expect(authenticated(signed, { client, credential: { ...key, ...changes } }, true, NOW)).toBeUndefined();
  });

  it('and a secret are not taken for each other, even under the same id', () => {
    const secret: SecretCredential = { ...credential, credentialId: 'Key-1' };
    const guess: SecretProof = { ...proof, credentialId: 'Key-1' };
    expect(keyFor(signed, { client, credential: secret })).toBeUndefined();
    expect(hashFor(guess, { client, credential: key })).toBeUndefined();
    expect(authenticated(signed, { client, credential: secret }, true, NOW)).toBeUndefined();
    expect(authenticated(guess, { client, credential: key }, true, NOW)).toBeUndefined();
    expect(keyFor(signed, { client })).toBeUndefined();
  });

  it.each([{ state: 'disabled' as const }, { validUntil: NOW }])(
    'proves nothing when it is %j',
    (changes) => {
      const facts = { client, credential: { ...key, ...changes } };
      expect(authenticated(signed, facts, true, NOW)).toBeUndefined();
    },
  );
});
