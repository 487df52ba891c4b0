import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientOf, parseRegistration } from '../../lambdas/domain/client-registration.ts';
import { JWT_BEARER } from '../../lambdas/domain/grant-type.ts';
import { NOW } from '../support/clock.ts';

const known = { scopes: ['read:products', 'write:products'], roles: ['catalogue', 'support'] };
const parse = (body: unknown) => parseRegistration(body, known);
const minimal = { client_name: 'CI' };
const sessions = { ...minimal, grant_types: ['client_credentials', 'refresh_token'] };
const KEY = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

describe('a registration', () => {
  it('needs a name only, and is a service that may nothing', () => {
    expect(parse(minimal)).toEqual({
      ok: true,
      value: {
        registration: { name: 'CI', kind: 'service', scopes: [], roles: [], allowedClaims: [] },
        keys: [],
      },
    });
  });

  it('takes every member', () => {
    const body = {
      client_id: 'alice-2',
      client_name: 'Алиса 👩‍🔬',
      kind: 'user',
      scope: 'read:products write:products',
      roles: ['support'],
      tenant: 'acme',
      allowed_claims: ['userID', 'https://example.com/region'],
      token_lifetime: 60,
      grant_types: ['refresh_token', JWT_BEARER],
      refresh_token_lifetime: 7_776_000,
      refresh_token_idle_lifetime: 60,
    };
    expect(parse(body)).toMatchObject({
      ok: true,
      value: {
        registration: {
          clientId: 'alice-2',
          name: 'Алиса 👩‍🔬',
          kind: 'user',
          scopes: ['read:products', 'write:products'],
          roles: ['support'],
          tenant: 'acme',
          allowedClaims: ['userID', 'https://example.com/region'],
          tokenLifetime: 60,
          grantTypes: ['refresh_token', JWT_BEARER],
          refreshLifetime: 7_776_000,
          refreshIdle: 60,
        },
      },
    });
  });

  it('becomes an active client under the id that it is given', () => {
    const parsed = parse({ ...minimal, tenant: 'acme' });
    if (!parsed.ok) throw new Error(parsed.failure.code);
    expect(clientOf(parsed.value.registration, 'ci', NOW)).toEqual({
      clientId: 'ci',
      name: 'CI',
      kind: 'service',
      state: 'active',
      scopes: [],
      roles: [],
      tenant: 'acme',
      allowedClaims: [],
      createdAt: NOW,
    });
  });
});

describe('a registration is refused', () => {
  it.each<[code: string, body: unknown]>([
    ['invalid_body', undefined],
    ['invalid_body', null],
    ['invalid_body', 'CI'],
    ['invalid_body', []],
    ['invalid_body', { ...minimal, redirect_uris: [] }],
    ['invalid_body', JSON.parse('{"client_name":"CI","__proto__":{}}')],
    ['invalid_client_name', {}],
    ['invalid_client_name', { client_name: null }],
    ['invalid_client_name', { client_name: '' }],
    ['invalid_client_name', { client_name: ' CI' }],
    ['invalid_client_name', { client_name: 'CI\n' }],
    ['invalid_client_name', { client_name: 'a\u0000b' }],
    ['invalid_client_name', { client_name: 'a\u202eb' }],
    ['invalid_client_name', { client_name: 'a\u2066b' }],
    ['invalid_client_name', { client_name: 'a\u2028b' }],
    ['invalid_client_name', { client_name: '\ud800' }],
    ['invalid_client_name', { client_name: 'x'.repeat(101) }],
    ['invalid_client_id', { ...minimal, client_id: 7 }],
    ['invalid_client_id', { ...minimal, client_id: '' }],
    ['invalid_client_id', { ...minimal, client_id: 'C I' }],
    ['invalid_client_id', { ...minimal, client_id: 'a_' }],
    ['invalid_client_id', { ...minimal, client_id: 'a#b' }],
    ['invalid_client_id', { ...minimal, client_id: '-a' }],
    ['invalid_client_id', { ...minimal, client_id: 'a\n' }],
    ['invalid_client_id', { ...minimal, client_id: 'a'.repeat(65) }],
    ['invalid_kind', { ...minimal, kind: 'robot' }],
    ['invalid_kind', { ...minimal, kind: null }],
    ['invalid_scope', { ...minimal, scope: ['read:products'] }],
    ['invalid_scope', { ...minimal, scope: '' }],
    ['invalid_scope', { ...minimal, scope: ' read:products' }],
    ['invalid_scope', { ...minimal, scope: 'read:products read:products' }],
    ['unknown_scope', { ...minimal, scope: 'read:products read:secrets' }],
    ['unknown_scope', { ...minimal, scope: 'toString' }],
    ['invalid_roles', { ...minimal, roles: 'support' }],
    ['invalid_roles', { ...minimal, roles: [7] }],
    ['invalid_roles', { ...minimal, roles: [''] }],
    ['invalid_roles', { ...minimal, roles: ['support', 'support'] }],
    ['unknown_role', { ...minimal, roles: ['support', 'root'] }],
    ['unknown_role', { ...minimal, roles: ['constructor'] }],
    ['invalid_tenant', { ...minimal, tenant: '' }],
    ['invalid_tenant', { ...minimal, tenant: 'a b' }],
    ['invalid_tenant', { ...minimal, tenant: 'a#b' }],
    ['invalid_tenant', { ...minimal, tenant: 'x'.repeat(101) }],
    ['invalid_allowed_claims', { ...minimal, allowed_claims: 'userID' }],
    ['invalid_allowed_claims', { ...minimal, allowed_claims: ['userID', 'userID'] }],
    ['invalid_allowed_claims', { ...minimal, allowed_claims: ['sub'] }],
    ['invalid_allowed_claims', { ...minimal, allowed_claims: ['password'] }],
    ['invalid_allowed_claims', { ...minimal, allowed_claims: ['a b'] }],
    ['invalid_allowed_claims', { ...minimal, allowed_claims: Array.from({ length: 51 }, (_, n) => `c${n}`) }],
    ['invalid_token_lifetime', { ...minimal, token_lifetime: 59 }],
    ['invalid_token_lifetime', { ...minimal, token_lifetime: 86_401 }],
    ['invalid_token_lifetime', { ...minimal, token_lifetime: 60.5 }],
    ['invalid_token_lifetime', { ...minimal, token_lifetime: '60' }],
    ['invalid_token_lifetime', { ...minimal, token_lifetime: Number.NaN }],
    ['invalid_grant_types', { ...minimal, grant_types: [] }],
    ['invalid_grant_types', { ...minimal, grant_types: 'refresh_token' }],
    ['invalid_grant_types', { ...minimal, grant_types: ['password'] }],
    ['invalid_grant_types', { ...minimal, grant_types: ['token-exchange'] }],
    ['invalid_grant_types', { ...minimal, grant_types: ['refresh_token', 'refresh_token'] }],
    ['invalid_grant_types', { ...minimal, grant_types: ['refresh_token'] }],
    ['invalid_refresh_token_lifetime', { ...minimal, refresh_token_lifetime: 3600 }],
    ['invalid_refresh_token_idle_lifetime', { ...minimal, refresh_token_idle_lifetime: 3600 }],
    ['invalid_refresh_token_lifetime', { ...minimal, refresh_token_lifetime: 59 }],
    ['invalid_refresh_token_lifetime', { ...minimal, refresh_token_lifetime: 7_776_001 }],
    ['invalid_refresh_token_idle_lifetime', { ...minimal, refresh_token_idle_lifetime: 59 }],
    ['invalid_refresh_token_idle_lifetime', { ...sessions, refresh_token_idle_lifetime: 2_592_001 }],
    [
      'invalid_refresh_token_idle_lifetime',
      { ...sessions, refresh_token_lifetime: 60, refresh_token_idle_lifetime: 61 },
    ],
    ['invalid_jwks', { ...minimal, jwks: [KEY] }],
    ['invalid_jwks', { ...minimal, jwks: { keys: [] } }],
    ['invalid_jwks', { ...minimal, jwks: { keys: [KEY], jwks_uri: 'https://example.com' } }],
    ['invalid_jwks', { ...minimal, jwks: { keys: Array.from({ length: 11 }, () => KEY) } }],
    ['invalid_jwks', { ...minimal, kind: 'user', jwks: { keys: [KEY] } }],
    ['duplicate_kid', { ...minimal, jwks: { keys: [KEY, KEY] } }],
    ['private_key', { ...minimal, jwks: { keys: [KEY, { ...KEY, d: 'x' }] } }],
  ])('%s: %j', (code, body) => {
    expect(parse(body)).toEqual({ ok: false, failure: { code, detail: expect.any(String) } });
  });

  it('with a sentence that names the member, or the name that is unknown', () => {
    expect(parse({ ...minimal, token_lifetime: 1 })).toMatchObject({
      failure: { detail: 'token_lifetime has to be a whole number of seconds from 60 to 86400' },
    });
    expect(parse({ ...minimal, scopes: 'read:products' })).toMatchObject({
      failure: { detail: 'there is no member "scopes"' },
    });
    expect(parse({ ...minimal, scope: 'read:secrets' })).toMatchObject({
      failure: { detail: 'scope "read:secrets" does not exist; there are read:products, write:products' },
    });
  });

  it('whatever else it is, and never with an exception or a sentence that cannot be printed', () => {
    const bodies = fc.oneof(
      fc.anything(),
      fc.record(
        {
          client_name: fc.oneof(fc.string(), fc.anything()),
          client_id: fc.anything(),
          scope: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
          roles: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.anything()),
          allowed_claims: fc.array(fc.string({ unit: 'binary' })),
          tenant: fc.string({ unit: 'binary' }),
        },
        { requiredKeys: [] },
      ),
      fc.dictionary(fc.string({ unit: 'binary' }), fc.anything()),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const parsed = parse(body);
        if (parsed.ok) return;
        expect(parsed.failure.code).toMatch(/^(invalid|unknown)_[a-z_]+$/);
        expect(parsed.failure.detail).toMatch(/^[\x20-\x7e]{1,300}$/);
      }),
    );
  });
});
