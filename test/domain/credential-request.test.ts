import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Credential } from '../../lambdas/domain/client.ts';
import { endOf, parseCredentialRequest } from '../../lambdas/domain/credential-request.ts';
import { DAY, HOUR, NOW, SECOND } from '../support/clock.ts';

const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

describe('a request for a credential', () => {
  it('names its kind, and nothing else has to be said', () => {
    expect(parseCredentialRequest({ kind: 'api_key' })).toEqual({
      ok: true,
      value: { wanted: { kind: 'api_key' } },
    });
  });

  it('takes every member', () => {
    const body = {
      kind: 'public_key',
      jwk: { ...jwk, kid: 'new' },
      expires_in: 60,
      replaces: 'old',
      overlap: 0,
    };
    expect(parseCredentialRequest(body)).toEqual({
      ok: true,
      value: {
        wanted: { kind: 'public_key', key: { kid: 'new', jwk: { ...jwk, kid: 'new', alg: 'EdDSA' } } },
        expiresIn: 60,
        replaces: { credentialId: 'old', overlap: 0 },
      },
    });
  });

  it('gives an overlap of a day where it does not say which', () => {
    expect(parseCredentialRequest({ kind: 'client_secret', replaces: 'a1b2c3d4' })).toMatchObject({
      value: { replaces: { credentialId: 'a1b2c3d4', overlap: 86_400 } },
    });
  });

  it('is for a key where it brings one, and for what is replaced where it says nothing', () => {
    expect(parseCredentialRequest({ jwk })).toMatchObject({ value: { wanted: { kind: 'public_key' } } });
    const same = parseCredentialRequest({ replaces: 'a1b2c3d4' });
    expect(same).toEqual({ ok: true, value: { replaces: { credentialId: 'a1b2c3d4', overlap: 86_400 } } });
  });

  it.each<[code: string, body: unknown]>([
    ['invalid_body', undefined],
    ['invalid_body', []],
    ['invalid_body', { kind: 'api_key', credential_id: 'chosen00' }],
    ['invalid_kind', {}],
    ['invalid_kind', { kind: 'password' }],
    ['invalid_kind', { kind: 'toString' }],
    ['invalid_jwk', { kind: 'public_key' }],
    ['invalid_jwk', { kind: 'api_key', jwk }],
    ['invalid_jwk', { kind: 'public_key', replaces: 'old-key' }],
    ['invalid_key', { kind: 'public_key', jwk: 'key' }],
    ['invalid_kid', { kind: 'public_key', jwk: { ...jwk, kid: 'password' } }],
    ['private_key', { kind: 'public_key', jwk: { ...jwk, d: 'x' } }],
    ['invalid_expires_in', { kind: 'api_key', expires_in: 59 }],
    ['invalid_expires_in', { kind: 'api_key', expires_in: 315_360_001 }],
    ['invalid_expires_in', { kind: 'api_key', expires_in: null }],
    ['invalid_replaces', { kind: 'api_key', replaces: '' }],
    ['invalid_replaces', { kind: 'api_key', replaces: 'password' }],
    ['invalid_replaces', { kind: 'api_key', replaces: 'a#b' }],
    ['invalid_overlap', { kind: 'api_key', overlap: 60 }],
    ['invalid_overlap', { kind: 'api_key', replaces: 'a1b2c3d4', overlap: -1 }],
    ['invalid_overlap', { kind: 'api_key', replaces: 'a1b2c3d4', overlap: 0.5 }],
    ['invalid_overlap', { kind: 'api_key', replaces: 'a1b2c3d4', overlap: '60' }],
    ['invalid_overlap', { kind: 'api_key', replaces: 'a1b2c3d4', overlap: 7_776_001 }],
  ])('is refused: %s, %j', (code, body) => {
    expect(parseCredentialRequest(body)).toEqual({
      ok: false,
      failure: { code, detail: expect.any(String) },
    });
  });

  it('is refused, whatever else it is, without an exception or a sentence that cannot be printed', () => {
    const member = fc.oneof(fc.string({ unit: 'binary' }), fc.anything());
    const kind = fc.constantFrom('api_key', 'public_key', 'password');
    const near = fc.record(
      { kind, jwk: member, replaces: member, overlap: member },
      { requiredKeys: ['kind'] },
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), near, fc.dictionary(fc.string({ unit: 'binary' }), member)),
        (body) => {
          const parsed = parseCredentialRequest(body);
          if (parsed.ok) return;
          expect(parsed.failure.code).toMatch(/^[a-z_]+$/);
          expect(parsed.failure.detail).toMatch(/^[\x20-\x7e]{1,300}$/);
        },
      ),
    );
  });
});

describe('the end of a credential that is replaced', () => {
  const credential = (validUntil?: number): Credential => ({
    ...{
      clientId: 'ci',
      credentialId: 'a1b2c3d4',
      kind: 'api_key',
      hash: '',
      state: 'active',
      createdAt: NOW,
    },
    ...(validUntil !== undefined && { validUntil }),
  });
  const replaced = (overlap: number) => ({ credentialId: 'a1b2c3d4', overlap });

  it('comes after the overlap, at once without one, and never later than it would have come', () => {
    expect(endOf(credential(), replaced(86_400), NOW)).toBe(NOW + DAY);
    expect(endOf(credential(), replaced(0), NOW)).toBe(NOW);
    expect(endOf(credential(NOW + HOUR), replaced(86_400), NOW)).toBe(NOW + HOUR);
    expect(endOf(credential(NOW - SECOND), replaced(0), NOW)).toBe(NOW - SECOND);
  });
});
