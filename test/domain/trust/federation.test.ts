import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { federate } from '../../../lambdas/domain/trust/federation.ts';
import type { Mapping, TrustedIssuer } from '../../../lambdas/domain/trust/trusted-issuer.ts';

const mapping = (changes: Partial<Mapping> = {}): Mapping => ({
  match: { repository: ['acme/*'] },
  clientId: 'ci',
  subject: 'github:{repository}',
  scopes: [],
  roles: [],
  claims: {},
  ...changes,
});

const github = {
  sub: 'repo:acme/shop:ref:refs/heads/main',
  repository: 'acme/shop',
  ref: 'refs/heads/main',
  groups: ['dev', 'ops'],
  run: { id: 42 },
};

/** @returns what the token becomes, or the sentence for the log. */
function become(claims: Record<string, unknown>, ...mappings: Mapping[]) {
  const issuer: TrustedIssuer = {
    issuer: 'https://idp.example.net',
    state: 'active',
    keys: { kind: 'discovery' },
    algorithms: ['RS256'],
    audiences: ['https://api.example.com'],
    singleUse: true,
    mappings,
  };
  const federated = federate({ issuer, claims, exp: 0 });
  return federated.ok ? federated.value : federated.failure;
}

describe('a token of a trusted issuer', () => {
  it('becomes what its mapping says', () => {
    const all = mapping({
      match: { repository: ['acme/*'], '/run/id': ['42'] },
      tenant: '{/groups/0}',
      scopes: ['read:products'],
      roles: ['support'],
      scopesFrom: { claim: 'groups', values: { ops: ['write:products', 'read:products'], other: ['x'] } },
      rolesFrom: { claim: 'groups', values: { dev: ['catalogue'] } },
      claims: { run: 'run {/run/id} of {ref}' },
      tokenLifetime: 600,
    });
    expect(become(github, all)).toEqual({
      clientId: 'ci',
      sub: 'github:acme/shop',
      tenant: 'dev',
      scopes: ['read:products', 'write:products'],
      roles: ['support', 'catalogue'],
      claims: { run: 'run 42 of refs/heads/main' },
      tokenLifetime: 600,
    });
  });

  it('is decided by the first mapping that matches, even where that one fails', () => {
    const main = mapping({ match: { ref: ['refs/heads/main'] }, clientId: 'release' });
    expect(become(github, mapping({ match: { ref: ['refs/tags/*'] } }), main, mapping())).toMatchObject({
      clientId: 'release',
    });
    const broken = mapping({ subject: 'github:{missing}' });
    expect(become(github, mapping({ match: { ref: ['x'] } }), broken, mapping())).toBe(
      'mapping 2: subject: the token has no usable claim missing',
    );
  });

  it('has to match every claim, each by one of its patterns', () => {
    const match = { repository: ['other/*', 'acme/*'], ref: ['refs/heads/main'] };
    expect(become(github, mapping({ match }))).toMatchObject({ sub: 'github:acme/shop' });
    const none = 'no mapping of the issuer matches the token';
    expect(become({ ...github, ref: 'refs/heads/dev' }, mapping({ match }))).toBe(none);
    expect(become({ ...github, ref: undefined }, mapping({ match }))).toBe(none);
    expect(become({ ...github, repository: 'other' }, mapping({ match }))).toBe(none);
    expect(become({}, mapping({ match: { '/a': ['**'] } }))).toBe(none);
    expect(become(github)).toBe(none);
  });

  it('matches a list by one entry', () => {
    expect(become(github, mapping({ match: { groups: ['ops'] } }))).toMatchObject({ clientId: 'ci' });
    expect(typeof become(github, mapping({ match: { groups: ['op'] } }))).toBe('string');
  });

  it('gets scopes and roles by exactly the values that are named: no patterns, nothing inherited', () => {
    const from = { claim: 'groups', values: { 'o*': ['write:products'], constructor: ['read:users'] } };
    const asked = mapping({ scopesFrom: from, rolesFrom: from });
    expect(become({ ...github, groups: ['ops', '__proto__', 'toString'] }, asked)).toMatchObject({
      scopes: [],
      roles: [],
    });
    expect(become({ ...github, groups: ['constructor'] }, asked)).toMatchObject({ scopes: ['read:users'] });
  });

  it.each<[string, Partial<Mapping>, Record<string, unknown>]>([
    ['subject: control characters', {}, { repository: 'acme/a\nb' }],
    ['subject: what reorders the text', {}, { repository: 'acme/a\u202eb' }],
    ['subject: half a character', {}, { repository: 'acme/\ud800' }],
    ['subject: too long', {}, { repository: `acme/${'x'.repeat(250)}` }],
    ['subject: what looks like a secret', { subject: 'x:{ref}' }, { ref: 'eyJhbGciOi.eyJzdWIi.abc' }],
    ['subject: a claim that is a list', { subject: 'x:{groups}' }, {}],
    ['subject: a claim that is empty', { subject: 'x:{ref}' }, { ref: '' }],
    ['subject: a separator within a claim', { subject: 'x:{ref}/{/run/id}' }, {}],
    ['tenant: of forbidden characters', { tenant: '{ref}' }, { ref: 'a b' }],
    ['tenant: too long', { tenant: '{ref}' }, { ref: 'x'.repeat(101) }],
    ['tenant: not there', { tenant: '{nothing}' }, {}],
    ['claim: too long', { claims: { note: '{ref}' } }, { ref: 'x'.repeat(257) }],
    ['claim: a secret', { claims: { note: '{ref}' } }, { ref: 'AKIAABCDEFGHIJKLMNOP' }],
    ['claim: reserved, whoever wrote the record', { claims: { sub: '{ref}' } }, {}],
  ])('is refused: %s', (what, changes, claims) => {
    const failure = become({ ...github, ...claims }, mapping(changes));
    expect(failure).toMatch(new RegExp(`^mapping 1: ${what.split(':')[0]}`));
    for (const value of Object.values(claims)) {
      if (typeof value === 'string' && value !== '') expect(failure).not.toContain(value);
    }
  });

  it('never becomes a subject that is not its template’s, nor a client, whatever it says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('repository', 'ref', 'groups'), fc.jsonValue()), (claims) => {
        const result = become(claims, mapping({ match: { repository: ['**'] }, tenant: '{ref}' }));
        if (typeof result === 'string') return;
        expect(result.sub).toBe(`github:${claims.repository}`);
        expect(result.clientId).toBe('ci');
      }),
    );
  });
});
