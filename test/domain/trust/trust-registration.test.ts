import fc from 'fast-check';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeTrust, parseTrust } from '../../../lambdas/domain/trust/trust-registration.ts';

const OWN = 'https://api.example.com';
const terms = { scopes: ['read:products', 'write:products'], roles: ['catalogue', 'support'], issuer: OWN };
const parse = (body: unknown, own = OWN) => parseTrust(body, { ...terms, issuer: own });
const codeOf = (body: unknown, own = OWN) => {
  const parsed = parse(body, own);
  return parsed.ok ? 'ok' : parsed.failure.code;
};

const aMapping = { match: { repository: 'acme/shop' }, client_id: 'ci', subject: 'github:{repository}' };
const minimal = { issuer: 'https://idp.example.net', mappings: [aMapping] };
const withMapping = (changes: Record<string, unknown>) => ({
  ...minimal,
  mappings: [aMapping, { ...aMapping, ...changes }],
});
let jwk: Record<string, unknown>;
let privateJwk: Record<string, unknown>;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  jwk = { ...(await exportJWK(publicKey)), kid: 'a' };
  privateJwk = { ...(await exportJWK(privateKey)), kid: 'b' };
});

describe('a trusted issuer', () => {
  it('needs a name and a mapping; discovery, RS256, our own audience and single use come by themselves', () => {
    expect(parse(minimal)).toEqual({
      ok: true,
      value: {
        issuer: 'https://idp.example.net',
        state: 'active',
        keys: { kind: 'discovery' },
        algorithms: ['RS256'],
        audiences: [OWN],
        singleUse: true,
        mappings: [
          {
            match: { repository: ['acme/shop'] },
            clientId: 'ci',
            subject: 'github:{repository}',
            scopes: [],
            roles: [],
            claims: {},
          },
        ],
      },
    });
  });

  it('takes every member', () => {
    const body = {
      issuer: 'https://idp.example.net/realms/a/',
      state: 'disabled',
      jwks_uri: 'https://keys.example.net/jwks',
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      audiences: ['a', 'b'],
      single_use: false,
      mappings: [
        {
          match: { '/realm_access/roles': ['admin', 'editor*'], sub: '**' },
          client_id: 'ci',
          subject: 'kc:{sub}',
          tenant: '{org}',
          scope: 'read:products',
          roles: ['support'],
          scopes_from: { claim: 'groups', values: { admins: 'read:products write:products' } },
          roles_from: { claim: '/realm_access/roles', values: { admin: ['catalogue', 'support'] } },
          claims: { userID: '{email}', 'https://acme.example/team': 'team {team}' },
          token_lifetime: 600,
        },
      ],
    };
    const parsed = parse(body);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        state: 'disabled',
        keys: { kind: 'jwks_uri', uri: 'https://keys.example.net/jwks' },
        singleUse: false,
        mappings: [
          {
            match: { '/realm_access/roles': ['admin', 'editor*'], sub: ['**'] },
            scopesFrom: { claim: 'groups', values: { admins: ['read:products', 'write:products'] } },
            rolesFrom: { claim: '/realm_access/roles', values: { admin: ['catalogue', 'support'] } },
            tokenLifetime: 600,
          },
        ],
      },
    });
  });

  it('keeps of its keys what it takes to verify', () => {
    const parsed = parse({ ...minimal, jwks: { keys: [{ ...jwk, x5c: ['MII'] }] } });
    expect(parsed).toMatchObject({
      ok: true,
      value: { keys: { kind: 'jwks', jwks: { keys: [{ ...jwk, use: 'sig' }] } } },
    });
  });

  it('is described as what makes the same of it again', () => {
    const scope = fc.constantFrom('read:products', 'read:products write:products');
    const roles = fc.subarray(['catalogue', 'support']);
    const name = fc.constantFrom('groups', '/a/b', 'https://acme.example/x', 'sub');
    const group = fc.string({ minLength: 1, maxLength: 8 });
    const from = (value: fc.Arbitrary<unknown>) =>
      fc.record({ claim: name, values: fc.dictionary(group, value) });
    const mappings = fc.array(
      fc.record(
        {
          match: fc.dictionary(name, fc.constantFrom('a', ['a', 'b*'], '**'), { minKeys: 1 }),
          client_id: fc.constantFrom('ci', 'a-b'),
          subject: fc.constantFrom('x:{sub}', 'x:y', 'k8s:{/a/b}/{sub}'),
          tenant: fc.constantFrom('acme', '{org}'),
          scope,
          roles,
          scopes_from: from(scope),
          roles_from: from(roles),
          claims: fc.constantFrom({}, { userID: '{email}' }),
          token_lifetime: fc.integer({ min: 60, max: 86_400 }),
        },
        { requiredKeys: ['match', 'client_id', 'subject'] },
      ),
      { minLength: 1, maxLength: 3 },
    );
    const keys = fc.constantFrom({}, { jwks_uri: 'https://keys.example.net/' }, { jwks: { keys: [jwk] } });
    fc.assert(
      fc.property(mappings, keys, fc.boolean(), (mappings, keys, single_use) => {
        const first = parse({ ...minimal, ...keys, single_use, mappings });
        if (!first.ok) throw new Error(first.failure.detail);
        expect(parse(JSON.parse(JSON.stringify(describeTrust(first.value))))).toEqual(first);
      }),
    );
  });

  it('may be http on loopback where this deployment is', () => {
    const local = { ...minimal, issuer: 'http://127.0.0.1:9000', jwks_uri: 'http://localhost:9000/jwks' };
    expect(codeOf(local, 'http://127.0.0.1:8787')).toBe('ok');
    expect(codeOf(local)).toBe('invalid_issuer');
    expect(codeOf({ ...local, issuer: minimal.issuer })).toBe('invalid_jwks_uri');
  });

  it('has up to fifty mappings of twenty claims with twenty patterns', () => {
    const patterns = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const match = Object.fromEntries(patterns.map((name) => [name, patterns]));
    const mappings = Array(50).fill({ ...aMapping, match });
    expect(codeOf({ ...minimal, mappings })).toBe('ok');
    expect(codeOf({ ...minimal, mappings: [...mappings, aMapping] })).toBe('invalid_mappings');
    expect(codeOf(withMapping({ match: { ...match, another: 'x' } }))).toBe('invalid_match');
    expect(codeOf(withMapping({ match: { sub: [...patterns, 'another'] } }))).toBe('invalid_match');
  });
});

describe('what is not trusted', () => {
  it.each<[code: string, body: unknown]>([
    ['invalid_body', undefined],
    ['invalid_body', []],
    ['invalid_body', 'https://idp.example.net'],
    ['invalid_body', { ...minimal, client_id: 'ci' }],
    ['invalid_body', { ...minimal, ...JSON.parse('{"__proto__":{}}') }],
    ['invalid_issuer', { mappings: [aMapping] }],
    ['invalid_issuer', { ...minimal, issuer: 'idp.example.net' }],
    ['invalid_issuer', { ...minimal, issuer: 'http://idp.example.net' }],
    ['invalid_issuer', { ...minimal, issuer: 'https://user:pass@idp.example.net' }],
    ['invalid_issuer', { ...minimal, issuer: 'https://idp.example.net?a' }],
    ['invalid_issuer', { ...minimal, issuer: 'https://idp.example.net#a' }],
    ['invalid_issuer', { ...minimal, issuer: `https://idp.example.net/${'x'.repeat(255)}` }],
    ['invalid_issuer', { ...minimal, issuer: OWN }],
    ['invalid_issuer', { ...minimal, issuer: `${OWN}/` }],
    ['invalid_issuer', { ...minimal, issuer: 'https://API.example.com:443' }],
    ['invalid_state', { ...minimal, state: 'paused' }],
    ['invalid_jwks_uri', { ...minimal, jwks_uri: 'http://idp.example.net/jwks' }],
    ['invalid_jwks_uri', { ...minimal, jwks_uri: 'https://idp.example.net/jwks?a=b' }],
    ['invalid_jwks_uri', { ...minimal, jwks_uri: 'file:///jwks' }],
    ['invalid_jwks_uri', { ...minimal, jwks_uri: null }],
    ['invalid_algorithms', { ...minimal, algorithms: [] }],
    ['invalid_algorithms', { ...minimal, algorithms: ['none'] }],
    ['invalid_algorithms', { ...minimal, algorithms: ['RS256', 'HS256'] }],
    ['invalid_algorithms', { ...minimal, algorithms: ['RS256', 'RS256'] }],
    ['invalid_algorithms', { ...minimal, algorithms: 'RS256' }],
    ['invalid_audiences', { ...minimal, audiences: [] }],
    ['invalid_audiences', { ...minimal, audiences: [''] }],
    ['invalid_audiences', { ...minimal, audiences: ['a', 'a'] }],
    ['invalid_audiences', { ...minimal, audiences: ['x'.repeat(257)] }],
    ['invalid_single_use', { ...minimal, single_use: 'yes' }],
    ['invalid_mappings', { issuer: minimal.issuer }],
    ['invalid_mappings', { ...minimal, mappings: [] }],
    ['invalid_mappings', { ...minimal, mappings: [null] }],
    ['invalid_mappings', withMapping({ clientId: 'ci' })],
    ['invalid_match', withMapping({ match: {} })],
    ['invalid_match', withMapping({ match: undefined })],
    ['invalid_match', withMapping({ match: [] })],
    ['invalid_match', withMapping({ match: 'sub' })],
    ['invalid_match', withMapping({ match: { sub: [] } })],
    ['invalid_match', withMapping({ match: { sub: '' } })],
    ['invalid_match', withMapping({ match: { sub: 7 } })],
    ['invalid_match', withMapping({ match: { sub: '***' } })],
    ['invalid_match', withMapping({ match: { '/a~2': 'x' } })],
    ['invalid_match', withMapping({ match: { '': 'x' } })],
    ['invalid_match', withMapping({ match: JSON.parse('{"__proto__":"x","sub":"y"}') })],
    ['invalid_client_id', withMapping({ client_id: 'C I' })],
    ['invalid_client_id', withMapping({ client_id: undefined })],
    ['invalid_subject', withMapping({ subject: '{sub}' })],
    ['invalid_subject', withMapping({ subject: '{iss}:{sub}' })],
    ['invalid_subject', withMapping({ subject: 'github{sub}' })],
    ['invalid_subject', withMapping({ subject: 'github:{a}{b}' })],
    ['invalid_subject', withMapping({ subject: 'github:{sub' })],
    ['invalid_subject', withMapping({ subject: undefined })],
    ['invalid_tenant', withMapping({ tenant: '' })],
    ['invalid_tenant', withMapping({ tenant: '{a}{b}' })],
    ['invalid_scope', withMapping({ scope: '' })],
    ['invalid_scope', withMapping({ scope: ['read:products'] })],
    ['invalid_roles', withMapping({ roles: 'support' })],
    ['invalid_scopes_from', withMapping({ scopes_from: { claim: 'a' } })],
    ['invalid_scopes_from', withMapping({ scopes_from: { claim: 'a', values: { x: '' } } })],
    ['invalid_scopes_from', withMapping({ scopes_from: { claim: 'a', values: { x: 'a' }, more: 1 } })],
    ['invalid_roles_from', withMapping({ roles_from: { claim: '', values: {} } })],
    ['invalid_roles_from', withMapping({ roles_from: { claim: 'a', values: { x: 'support' } } })],
    ['invalid_claims', withMapping({ claims: { sub: '{sub}' } })],
    ['invalid_claims', withMapping({ claims: { client_id: 'x' } })],
    ['invalid_claims', withMapping({ claims: { apiKey: '{sub}' } })],
    ['invalid_claims', withMapping({ claims: { team: '{' } })],
    ['invalid_claims', withMapping({ claims: { team: 7 } })],
    ['invalid_token_lifetime', withMapping({ token_lifetime: 59 })],
    ['invalid_token_lifetime', withMapping({ token_lifetime: 86_401 })],
    ['invalid_token_lifetime', withMapping({ token_lifetime: '600' })],
    ['unknown_scope', withMapping({ scope: 'read:everything' })],
    ['unknown_scope', withMapping({ scopes_from: { claim: 'a', values: { x: 'read:everything' } } })],
    ['unknown_role', withMapping({ roles: ['admin'] })],
    ['unknown_role', withMapping({ roles_from: { claim: 'a', values: { x: ['constructor'] } } })],
  ])('%s: %j', (code, body) => expect(codeOf(body)).toBe(code));

  it('keys that are private, symmetric, weak, alike, or beside an address', () => {
    const refused = [
      { keys: [] },
      { keys: [privateJwk] },
      { keys: [jwk, { kty: 'oct', k: 'AAAA', kid: 'c' }] },
      { keys: [{ kty: 'RSA', n: Buffer.alloc(128, 0xfb).toString('base64url'), e: 'AQAB' }] },
      { keys: [jwk, jwk] },
      { keys: [jwk, { ...jwk, kid: undefined }] },
      { keys: Array.from({ length: 21 }, (_, kid) => ({ ...jwk, kid: String(kid) })) },
      { keys: [jwk], more: 1 },
      { keys: [null] },
      [],
    ];
    for (const jwks of refused) expect(codeOf({ ...minimal, jwks })).toBe('invalid_jwks');
    const both = { ...minimal, jwks: { keys: [jwk] }, jwks_uri: 'https://keys.example.net' };
    expect(codeOf(both)).toBe('invalid_jwks');
  });

  it('says where, and quotes no more than the name of a member', () => {
    const parsed = parse(withMapping({ subject: '{sub} and more' }));
    expect(parsed).toMatchObject({
      failure: { detail: expect.stringMatching(/^mappings\[1\]\.subject has to/) },
    });
    expect(JSON.stringify(parsed)).not.toContain('and more');
  });

  it('is a value and not an exception, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(parse(body).ok).toBe(false);
      }),
    );
    const member = fc.constantFrom(...Object.keys({ ...minimal, jwks: 0, jwks_uri: 0, algorithms: 0 }));
    fc.assert(
      fc.property(member, fc.jsonValue(), (name, value) => {
        expect(typeof codeOf({ ...minimal, [name]: value })).toBe('string');
      }),
    );
    const inner = fc.constantFrom('match', 'subject', 'scopes_from', 'roles_from', 'claims', 'tenant');
    fc.assert(
      fc.property(inner, fc.jsonValue(), (name, value) => {
        expect(typeof codeOf(withMapping({ [name]: value }))).toBe('string');
      }),
    );
  });
});
