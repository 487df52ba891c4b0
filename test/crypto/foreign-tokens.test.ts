import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { CompactSign, type CryptoKey, exportSPKI, generateKeyPair, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { foreignTokens } from '../../lambdas/crypto/foreign-tokens.ts';
import { remoteJwks } from '../../lambdas/crypto/remote-jwks.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { TrustedIssuer } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { FOREIGN_ISSUER, type ForeignKey, foreignClaims, foreignKey } from '../support/issuer-server.ts';

const OWN = 'https://api.example.com';
let key: ForeignKey;
let rsa: ForeignKey;
let stranger: ForeignKey;
let asked: string[] = [];

beforeAll(async () => {
  [key, rsa, stranger] = await Promise.all([
    foreignKey('first'),
    foreignKey('rsa', 'RS256'),
    foreignKey('first'),
  ]);
});

const trusted = (changes: Partial<TrustedIssuer> = {}): TrustedIssuer => ({
  issuer: FOREIGN_ISSUER,
  state: 'active',
  keys: { kind: 'jwks', jwks: { keys: [key.jwk, rsa.jwk] } },
  algorithms: ['ES256', 'RS256'],
  audiences: [OWN, 'another'],
  singleUse: true,
  mappings: [],
  ...changes,
});

/** Verifies over a directory with one trusted issuer in it. */
function verify(token: string, changes: Partial<TrustedIssuer> = {}, now = NOW) {
  asked = [];
  const record = trusted(changes);
  const issuers = {
    find: async (issuer: string) => {
      asked.push(issuer);
      return issuer === record.issuer ? record : undefined;
    },
  };
  const keySets = remoteJwks({ own: OWN, clock: () => now, onFailure: () => {} });
  return foreignTokens({ issuers, keySets, own: OWN }).verify(token, now);
}

const failure = async (token: string | Promise<string>, changes: Partial<TrustedIssuer> = {}) => {
  const verified = await verify(await token, changes);
  return verified.ok ? 'accepted' : verified.failure;
};

/** A token of any header and payload, signed as if that were right. */
const raw = (header: object, payload: string = JSON.stringify(foreignClaims)) => {
  const head = Buffer.from(JSON.stringify(header)).toString('base64url');
  return `${head}.${Buffer.from(payload).toString('base64url')}.${Buffer.alloc(64, 1).toString('base64url')}`;
};

describe('a token of a trusted issuer is accepted', () => {
  it('with its claims, its end and its id; for one read of the directory', async () => {
    expect(await verify(await key.sign())).toEqual({
      ok: true,
      value: { issuer: trusted(), claims: foreignClaims, exp: foreignClaims.exp, jti: 'foreign-1' },
    });
    expect(asked).toEqual([FOREIGN_ISSUER]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['whose audience is one of several', { aud: ['x', 'another'] }, {}],
    ['without jti, nbf and iat', { jti: undefined, nbf: undefined, iat: undefined }, {}],
    ['of a clock that is a minute ahead', { nbf: NOW / 1000 + 60, iat: NOW / 1000 + 60 }, {}],
    ['that ends within a second', { exp: NOW / 1000 + 0.5 }, {}],
    ['of type JWT', {}, { typ: 'JWT' }],
    ['of type at+jwt', {}, { typ: 'at+jwt' }],
    ['of the whole media type', {}, { typ: 'application/at+JWT' }],
    ['with a thumbprint of a certificate', {}, { x5t: 'abc' }],
  ])('%s', async (_, claims, header) => {
    expect(await failure(key.sign(claims, header))).toBe('accepted');
  });

  it('of another of its algorithms', async () => {
    expect(await failure(rsa.sign())).toBe('accepted');
  });

  it('without a kid, where the issuer has one key that fits', async () => {
    expect(await failure(key.sign({}, { kid: undefined }))).toBe('accepted');
  });
});

describe('a token is refused', () => {
  it.each<[string, Record<string, unknown>]>([
    ['expired', { exp: NOW / 1000 }],
    ['expired', { exp: NOW / 1000 - 30 }],
    ['not_yet_valid', { nbf: NOW / 1000 + 61 }],
    ['not_yet_valid', { iat: NOW / 1000 + 61 }],
    ['wrong_audience', { aud: 'somebody-else' }],
    ['wrong_audience', { aud: [] }],
    ['wrong_audience', { aud: undefined }],
    ['wrong_audience', { aud: `${OWN}/` }],
    ['wrong_claims', { exp: undefined }],
    ['wrong_claims', { exp: 'tomorrow' }],
    ['wrong_claims', { exp: 1e300 }],
    ['wrong_claims', { iat: 'now' }],
    ['not_yet_valid', { nbf: 'now' }],
    ['wrong_claims', { jti: 7 }],
    ['wrong_claims', { jti: '' }],
    ['wrong_claims', { jti: 'x'.repeat(257) }],
    ['wrong_claims', { jti: 'a\nb' }],
    ['bound_to_a_key', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }],
    ['bound_to_a_key', { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } }],
    ['bound_to_a_key', { cnf: null }],
  ])('%s: %j', async (reason, claims) => {
    expect(await failure(key.sign(claims))).toBe(reason);
  });

  it('whose issuer is trusted no more', async () => {
    expect(await failure(key.sign(), { state: 'disabled' })).toBe('disabled_issuer');
  });

  it.each([
    'https://idp.example.org',
    `${FOREIGN_ISSUER}/`,
    FOREIGN_ISSUER.toUpperCase(),
    '__proto__',
    '',
    'a b',
    '\ud800',
    'x'.repeat(256),
  ])('of an issuer that is none: %j', async (iss) => {
    expect(await failure(key.sign({ iss }))).toBe('unknown_issuer');
  });

  it.each([OWN, `${OWN}/`, 'https://API.example.com', 'https://api.example.com:443'])(
    'that claims to be ours, before anything is read, even where somebody has put it there: %s',
    async (issuer) => {
      expect(await failure(key.sign({ iss: issuer }), { issuer })).toBe('unknown_issuer');
      expect(asked).toEqual([]);
    },
  );

  it('of a record that the directory gives for another name', async () => {
    const issuers = { find: async () => trusted({ issuer: 'https://other.example.net' }) };
    const keySets = remoteJwks({ own: OWN, clock: () => NOW, onFailure: () => {} });
    const verified = await foreignTokens({ issuers, keySets, own: OWN }).verify(await key.sign(), NOW);
    expect(verified).toEqual({ ok: false, failure: 'unknown_issuer' });
  });

  it('signed by somebody else under a kid of the issuer', async () => {
    expect(await failure(stranger.sign())).toBe('bad_signature');
  });

  it('with a kid that the issuer does not have, such as a path', async () => {
    for (const kid of ['second', '../../dev/null', '/jwks', '', "' OR 1=1"]) {
      expect(await failure(key.sign({}, { kid }))).toBe('unknown_key');
    }
  });

  it('without a kid, where several keys fit', async () => {
    const keys = { kind: 'jwks' as const, jwks: { keys: [key.jwk, { ...stranger.jwk, kid: 'second' }] } };
    expect(await failure(key.sign({}, { kid: undefined }), { keys })).toBe('unknown_key');
  });
});

describe('confusion of algorithms is refused', () => {
  it.each(['none', 'None', 'HS256', 'HS512', 'PS256', 'ES384', 'EdDSA', '__proto__'])('%s', async (alg) => {
    expect(await failure(raw({ alg, kid: 'first' }))).toBe('wrong_algorithm');
  });

  it('HS256 with the public key as the secret, even where the record allows it', async () => {
    const secret = await exportSPKI((await importJWK(rsa.jwk, 'RS256')) as CryptoKey);
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'rsa' })).toString('base64url');
    const body = Buffer.from(JSON.stringify(foreignClaims)).toString('base64url');
    const signature = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
    expect(await failure(`${head}.${body}.${signature}`)).toBe('wrong_algorithm');
    expect(await failure(`${head}.${body}.${signature}`, { algorithms: ['HS256'] })).toBe('wrong_algorithm');
  });

  it('an algorithm that is not the one of the key', async () => {
    const signed = await new CompactSign(Buffer.from(JSON.stringify(foreignClaims)))
      .setProtectedHeader({ alg: 'PS256', kid: 'rsa' })
      .sign((await generateKeyPair('PS256')).privateKey);
    expect(await failure(signed)).toBe('wrong_algorithm');
    expect(await failure(signed, { algorithms: ['PS256'] })).toBe('unknown_key');
  });
});

describe('a header is refused', () => {
  it.each<[string, Record<string, unknown>]>([
    ['that brings its own key', { jwk: { kty: 'EC' } }],
    ['that says where its keys are', { jku: 'https://evil.example/jwks' }],
    ['that says where its certificates are', { x5u: 'https://evil.example/cert' }],
    ['with something critical', { crit: ['exp'], exp: 1 }],
    ['with an empty list of critical things', { crit: [] }],
    ['of a payload that is not encoded', { b64: false }],
    ['of a logout token', { typ: 'logout+jwt' }],
    ['of a proof of possession', { typ: 'dpop+jwt' }],
    ['of a security event', { typ: 'secevent+jwt' }],
    ['of a client’s assertion', { typ: 'client-authentication+jwt' }],
    ['of an empty type', { typ: '' }],
    ['of a type that is no string', { typ: 7 }],
    ['with a kid that is no string', { kid: 7 }],
    ['without an algorithm', { alg: undefined }],
  ])('%s', async (_, header) => {
    expect(await failure(raw({ alg: 'ES256', kid: 'first', ...header }))).toBe('malformed');
    expect(asked).toEqual([]);
  });
});

describe('what is no token is refused without a read', () => {
  it.each([
    '',
    '.',
    '..',
    'a.b.c',
    'a.b',
    'a.b.c.d.e',
    `${'x'.repeat(20_000)}.x.x`,
    raw({ alg: 'ES256' }, '[]'),
    raw({ alg: 'ES256' }, '"text"'),
    raw({ alg: 'ES256' }, '{"sub":"nobody"}'),
    raw({ alg: 'ES256' }, '{"iss":7}'),
    raw({ alg: 'ES256' }, `{"iss":"${FOREIGN_ISSUER}","sub":"a","sub":"b"}`),
    raw({ alg: 'ES256' }, '['.repeat(5_000)),
  ])('%.30s', async (token) => {
    expect(await failure(token)).toBe('malformed');
    expect(asked).toEqual([]);
  });

  it('whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (token) => {
        expect(await failure(token)).toBe('malformed');
      }),
    );
  });

  it('and no change of a token is accepted', async () => {
    const token = await key.sign();
    // The last character of a signature carries bits that decoders ignore.
    const places = fc.nat(token.length - 2);
    await fc.assert(
      fc.asyncProperty(places, fc.constantFrom(...'AZaz09-_.='), async (at, by) => {
        fc.pre(token[at] !== by);
        expect(await failure(token.slice(0, at) + by + token.slice(at + 1))).not.toBe('accepted');
      }),
      { numRuns: 50 },
    );
  });
});

describe('keys that cannot be had', () => {
  it('are no verdict', async () => {
    const keys = { kind: 'jwks_uri' as const, uri: 'https://127.0.0.1:1/jwks' };
    await expect(verify(await key.sign(), { keys })).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('are not asked for where the token is of another algorithm anyway', async () => {
    const keys = { kind: 'jwks_uri' as const, uri: 'https://127.0.0.1:1/jwks' };
    expect(await failure(rsa.sign(), { keys, algorithms: ['ES256'] })).toBe('wrong_algorithm');
  });

  it('an hour later the token is over', async () => {
    expect(await verify(await key.sign(), {}, NOW + HOUR)).toEqual({ ok: false, failure: 'expired' });
  });
});
