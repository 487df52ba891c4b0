import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkClaims,
  isClaimName,
  MAX_CLAIM_NAME,
  MAX_CLAIM_VALUE,
  MAX_CLAIMS,
} from '../../lambdas/domain/claims.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { isSecretName, isSecretValue } from '../../lambdas/domain/secret-looking.ts';
import { testRandom } from '../support/clock.ts';

const refusal = (claims: Record<string, unknown>, allowed = Object.keys(claims)) => {
  const checked = checkClaims(claims, allowed);
  return checked.ok ? undefined : checked.failure;
};

describe('the claims of a login', () => {
  it('are taken as they are when the client may set them', () => {
    const claims = { userID: '42', role: 'buyer', 'https://example.com/team': 'größe 🚀', empty: '' };
    expect(checkClaims(claims, Object.keys(claims))).toEqual({ ok: true, value: claims });
  });

  it.each(
    'iss sub aud exp nbf iat jti client_id credential_id scope scp scopes roles tenant txn act may_act cnf auth_time acr amr azp typ nonce sid kid alg groups clientId SUB auth-time'.split(
      ' ',
    ),
  )('may not set the reserved %s, even where the client is allowed it', (name) => {
    expect(refusal({ [name]: 'x' })).toBe(`claim '${name}' is reserved`);
    expect(isClaimName(name)).toBe(false);
  });

  it('name what the client may not set', () => {
    expect(refusal({ userID: '42', color: 'red' }, ['userID'])).toContain("'color' is not among");
    expect(refusal({ toString: 'x', constructor: 'y' }, [])).toContain("'toString' is not among");
  });

  it.each([
    'password',
    'userPassword',
    'user_password',
    'PASSWD',
    'client_secret',
    'clientSecret',
    'secret2',
    'accessToken',
    'refresh-token',
    'token',
    'apiKey',
    'api_key',
    'APIKey',
    'apikey',
    'key',
    'keyId',
    'ssh.key',
    'pin',
    'cardPin',
    'card_pin',
    'pin1',
    'cvv',
    'cvv2',
    'cardCVV',
    'credential',
    'credentials',
    'Authorization',
    'private',
    'privateKey',
    'PRIVATE_KEY',
    'passphrase',
    'otp',
    'x-auth',
  ])('may not be called %s, even where the client is allowed it', (name) => {
    expect(refusal({ [name]: 'x' })).toContain(`'${name}' looks like a secret`);
    expect(isClaimName(name)).toBe(false);
  });

  it.each(['keyboard', 'monkey', 'shipping', 'pinned', 'author', 'spinner', 'donkeyId', 'privacy', 'userID'])(
    'may be called %s',
    (name) => {
      expect(isSecretName(name)).toBe(false);
      expect(refusal({ [name]: 'x' })).toBeUndefined();
    },
  );

  const part = (text: string) => Buffer.from(text).toString('base64url');
  const secrets = {
    'a token': `${part('{"alg":"RS256","typ":"at+jwt"}')}.${part('{"sub":"alice"}')}.${part('signature')}`,
    'an unsecured token': `${part('{"alg":"none"}')}.${part('{"sub":"alice"}')}.`,
    'an API key of ours': mintApiKey('reader', 'abcd1234', testRandom()),
    'a client secret of ours': mintClientSecret('abcd1234', testRandom()),
    'a PEM': ['-----BEGIN', 'RSA PRIVATE KEY-----'].join(' '),
    'an AWS access key id': ['AKIA', 'A1B2C3D4E5F6G7H8'].join(''),
    'a Bearer header': 'Bearer abcdef',
    'a Basic header': 'basic YWxpY2U6',
    'a password hash': '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA',
  };

  it.each(Object.entries(secrets))('may not hold %s', (_, value) => {
    const failure = refusal({ note: value });
    expect(failure).toContain("'note' looks like a secret");
    expect(failure).not.toContain(value);
    expect(refusal({ note: `see ${value}` }) ?? '').not.toContain(value);
  });

  it.each(['the basic plan', 'a.b.c', 'tg_', 'eyes.and.ears', '2026-11-22T12:00:00Z', 'bearer'])(
    'may hold %s',
    (value) => expect(isSecretValue(value)).toBe(false),
  );

  it.each([42, true, null, ['a'], { a: 'b' }, 1.5])('may not hold %j', (value) => {
    expect(refusal({ userID: value })).toBe("claim 'userID' is not a string");
  });

  it('have an end to their number, names and values', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, 'x']));
    expect(refusal(many(MAX_CLAIMS))).toBeUndefined();
    expect(refusal(many(MAX_CLAIMS + 1))).toContain('more than 20');
    expect(refusal({ ['n'.repeat(MAX_CLAIM_NAME)]: 'x' })).toBeUndefined();
    expect(refusal({ ['n'.repeat(MAX_CLAIM_NAME + 1)]: 'x' })).toContain('longer than 64');
    expect(refusal({ n: 'x'.repeat(MAX_CLAIM_VALUE) })).toBeUndefined();
    expect(refusal({ n: 'x'.repeat(MAX_CLAIM_VALUE + 1) })).toContain('longer than 256');
  });

  it.each(['a\nb', 'a\u0000b', 'a\u007fb', '\ud800', 'a\u0085'])(
    'may not hold control characters: %j',
    (value) => {
      expect(refusal({ userID: value })).toContain('control characters');
    },
  );

  it.each(['', ' ', '1st', '_x', '__proto__', 'a b', 'a"b', 'ä', 'a\nb'])('may not be called %j', (name) => {
    expect(refusal(JSON.parse(`{${JSON.stringify(name)}: "x"}`))).toContain('malformed name');
  });

  it('never lets through what it did not look at, and never echoes a value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.string({ minLength: 12 }), fc.jsonValue())),
        (claims) => {
          const checked = checkClaims(claims, Object.keys(claims));
          if (checked.ok) expect(checked.value).toEqual({ ...claims });
          else
            for (const [name, value] of Object.entries(claims)) {
              if (typeof value === 'string' && value.length > 11 && !name.includes(value)) {
                expect(checked.failure.includes(value)).toBe(false);
              }
            }
        },
      ),
    );
  });
});
