import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientAssertion } from '../../lambdas/domain/client-assertion.ts';
import { unsigned } from '../support/client-assertions.ts';
import { NOW, SECOND } from '../support/clock.ts';

const ISSUER = 'https://api.example.com';
const now = NOW / SECOND;
const header = { alg: 'ES256', kid: 'Key-1' };
const claims = { iss: 'reader', sub: 'reader', aud: ISSUER, jti: 'a', exp: now + 300 };

const parse = (assertion: string) => parseClientAssertion(assertion, { issuer: ISSUER, now: NOW });
const parseWith = (changes: object, headerChanges: object = {}) =>
  parse(`${unsigned({ ...header, ...headerChanges }, { ...claims, ...changes })}.c2ln`);
const right = {
  ok: true,
  value: { clientId: 'reader', credentialId: 'Key-1', algorithm: 'ES256', jti: 'a', expiresAt: now + 300 },
};
const fault = (failure: string) => ({ ok: false, failure });

describe('a client assertion (RFC 7523 §3)', () => {
  it('names client, key, algorithm, its own id and its end', () => {
    expect(parseWith({})).toEqual(right);
  });

  it.each([
    ['the token endpoint as audience', { aud: `${ISSUER}/oauth2/token` }],
    ['a list of one audience', { aud: [ISSUER] }],
    ['the token endpoint in a list', { aud: [`${ISSUER}/oauth2/token`] }],
    ['a begin and a time of issue that are a minute ahead', { iat: now + 60, nbf: now + 60 }],
    ['an old time of issue', { iat: now - 86400, nbf: 0 }],
    ['claims that are none of ours', { scope: 'all', constructor: {}, toString: null }],
  ])('may have %s', (_, changes) => {
    expect(parseWith(changes)).toEqual(right);
  });

  it.each([{ typ: 'JWT' }, { typ: 'jwt' }, { typ: 'client-authentication+jwt' }, { typ: 'application/JWT' }])(
    'may have the type %j',
    (changes) => {
      expect(parseWith({}, changes)).toEqual(right);
    },
  );

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', (alg) => {
    expect(parseWith({}, { alg })).toMatchObject({ value: { algorithm: alg } });
  });

  it('may have header parameters that change nothing, such as x5t', () => {
    expect(parseWith({}, { x5t: 'abc', 'x5t#S256': 'abc', iss: 'evil' })).toEqual(right);
  });

  it('may say times in fractions of seconds (RFC 7519 §2)', () => {
    expect(parseWith({ exp: now + 0.5, iat: now - 0.25 })).toMatchObject({ value: { expiresAt: now + 1 } });
  });

  it.each<[string, object, string]>([
    ['without alg', { alg: undefined }, 'wrong_algorithm'],
    ['alg none', { alg: 'none' }, 'wrong_algorithm'],
    ['alg nOnE', { alg: 'nOnE' }, 'wrong_algorithm'],
    ['alg HS256', { alg: 'HS256' }, 'wrong_algorithm'],
    ['alg RS512', { alg: 'RS512' }, 'wrong_algorithm'],
    ['alg as a list', { alg: ['ES256'] }, 'wrong_algorithm'],
    ['alg as an object', { alg: { toString: 'ES256' } }, 'wrong_algorithm'],
    ['crit', { crit: ['exp'] }, 'forbidden_header'],
    ['an empty crit', { crit: [] }, 'forbidden_header'],
    ['b64 false', { b64: false }, 'forbidden_header'],
    ['b64 true', { b64: true }, 'forbidden_header'],
    ['an embedded jwk', { jwk: { kty: 'EC' } }, 'forbidden_header'],
    ['jwk null', { jwk: null }, 'forbidden_header'],
    ['jku', { jku: 'https://evil.example/jwks' }, 'forbidden_header'],
    ['x5u', { x5u: 'https://evil.example/x5u' }, 'forbidden_header'],
    ['x5c', { x5c: ['MII'] }, 'forbidden_header'],
    ['the type of an access token', { typ: 'at+jwt' }, 'wrong_type'],
    ['the type of a logout token', { typ: 'logout+jwt' }, 'wrong_type'],
    ['a type that is no text', { typ: ['JWT'] }, 'wrong_type'],
    ['no kid', { kid: undefined }, 'wrong_key_id'],
    ['an empty kid', { kid: '' }, 'wrong_key_id'],
    ['a number as kid', { kid: 1 }, 'wrong_key_id'],
    ['a list as kid', { kid: ['Key-1'] }, 'wrong_key_id'],
    ['a path as kid', { kid: '../../etc/passwd' }, 'wrong_key_id'],
    ['an injection as kid', { kid: "x' UNION SELECT 1--" }, 'wrong_key_id'],
    ['a separator in kid', { kid: 'a#b' }, 'wrong_key_id'],
    ['a zero in kid', { kid: 'a\u0000' }, 'wrong_key_id'],
    ['a line feed behind kid', { kid: 'a\n' }, 'wrong_key_id'],
    ['a kid of 65 characters', { kid: 'a'.repeat(65) }, 'wrong_key_id'],
    ['the id that passwords have', { kid: 'password' }, 'wrong_key_id'],
    ['an id that a secret may have', { kid: 'abcd1234' }, 'wrong_key_id'],
  ])('is refused with %s', (_, changes, failure) => {
    expect(parseWith({}, changes)).toEqual(fault(failure));
  });

  it.each<[string, object, string]>([
    ['no issuer', { iss: undefined }, 'wrong_issuer'],
    ['no subject', { sub: undefined }, 'wrong_issuer'],
    ['another subject', { sub: 'writer' }, 'wrong_issuer'],
    ['neither', { iss: undefined, sub: undefined }, 'wrong_issuer'],
    ['lists as issuer and subject', { iss: ['reader'], sub: ['reader'] }, 'wrong_issuer'],
    ['an id that no client has', { iss: 'a/b', sub: 'a/b' }, 'wrong_issuer'],
    ['our own name as issuer', { iss: ISSUER, sub: ISSUER }, 'wrong_issuer'],
    ['no audience', { aud: undefined }, 'wrong_audience'],
    ['another audience', { aud: 'https://other.example.com' }, 'wrong_audience'],
    ['our audience of access tokens', { aud: 'tollgate' }, 'wrong_audience'],
    ['our issuer with a slash', { aud: `${ISSUER}/` }, 'wrong_audience'],
    ['our issuer in capitals', { aud: ISSUER.toUpperCase() }, 'wrong_audience'],
    ['another endpoint', { aud: `${ISSUER}/oauth2/revoke` }, 'wrong_audience'],
    ['two audiences, both ours', { aud: [ISSUER, `${ISSUER}/oauth2/token`] }, 'wrong_audience'],
    ['a second audience', { aud: [ISSUER, 'https://other.example.com'] }, 'wrong_audience'],
    ['an empty list of audiences', { aud: [] }, 'wrong_audience'],
    ['a list in a list', { aud: [[ISSUER]] }, 'wrong_audience'],
    ['an object as audience', { aud: { 0: ISSUER } }, 'wrong_audience'],
    ['no expiry', { exp: undefined }, 'wrong_times'],
    ['expiry null', { exp: null }, 'wrong_times'],
    ['a text as expiry', { exp: String(now + 300) }, 'wrong_times'],
    ['an object as expiry', { exp: { valueOf: now + 300 } }, 'wrong_times'],
    ['a text as begin', { nbf: String(now) }, 'wrong_times'],
    ['a list as time of issue', { iat: [now] }, 'wrong_times'],
    ['an expiry that is now', { exp: now }, 'expired'],
    ['an expiry a second ago: the skew is for begins alone', { exp: now - 1 }, 'expired'],
    ['a negative expiry', { exp: -1 }, 'expired'],
    ['an expiry of more than an hour', { exp: now + 3601 }, 'expires_too_late'],
    ['an expiry in milliseconds', { exp: NOW + 300_000 }, 'expires_too_late'],
    ['the largest number there is', { exp: Number.MAX_VALUE }, 'expires_too_late'],
    ['a begin of more than a minute ahead', { nbf: now + 61 }, 'not_yet_valid'],
    ['a time of issue of more than a minute ahead', { iat: now + 61 }, 'not_yet_valid'],
    ['no jti', { jti: undefined }, 'no_jti'],
    ['an empty jti', { jti: '' }, 'no_jti'],
    ['a number as jti', { jti: 1 }, 'no_jti'],
    ['an object as jti', { jti: {} }, 'no_jti'],
  ])('is refused with %s', (_, changes, failure) => {
    expect(parseWith(changes)).toEqual(fault(failure));
  });

  const head = JSON.stringify(header);
  const body = JSON.stringify(claims);
  const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');

  it.each<[string, string]>([
    ['empty', ''],
    ['two parts', unsigned(head, body)],
    ['a removed signature', `${unsigned(head, body)}.`],
    ['four parts', `${unsigned(head, body)}.c2ln.c2ln`],
    ['five parts, as of an encrypted one', 'a.b.c.d.e'],
    ['base64 with padding', `${unsigned(head, body)}.c2k=`],
    ['base64 that is not for URLs', `${unsigned(head, body)}.+/+/`],
    ['bits left over in the signature', `${unsigned(head, body)}.c2lnX-B`],
    ['a line feed', `${unsigned(head, body)}.c2ln\n`],
    ['JSON that is not encoded', `${head}.${body}.c2ln`],
    ['a header that is a list', `${unsigned('[]', body)}.c2ln`],
    ['a header that is null', `${unsigned('null', body)}.c2ln`],
    ['claims that are a text', `${unsigned(head, '"reader"')}.c2ln`],
    ['an issuer twice', `${unsigned(head, body.replace('{', '{"iss":"writer",'))}.c2ln`],
    [
      'a subject twice, once written in escapes',
      `${unsigned(head, body.replace('{', '{"s\\u0075b":"x",'))}.c2ln`,
    ],
    ['a kid twice', `${unsigned(head.replace('{', '{"kid":"other",'), body)}.c2ln`],
    ['a member twice, further down', `${unsigned(head, body.replace('{', '{"a":{"b":1,"b":2},'))}.c2ln`],
    ['a byte order mark', `${unsigned(`\ufeff${head}`, body)}.c2ln`],
    ['no UTF-8', `${encode(head)}.${encode(Uint8Array.of(0x7b, 0xff, 0x7d))}.c2ln`],
    ['a thousand levels of nothing', `${unsigned(head, '['.repeat(1000))}.c2ln`],
    ['more than 4,096 characters', `${unsigned(head, { ...claims, more: 'x'.repeat(3500) })}.c2ln`],
    ['a kid of 10 kB', `${unsigned({ ...header, kid: 'k'.repeat(10_000) }, body)}.c2ln`],
  ])('is malformed: %s', (_, assertion) => {
    expect(parse(assertion)).toEqual(fault('malformed'));
  });

  it('is read or refused, whatever its claims and header are', () => {
    const names = [...Object.keys(claims), 'nbf', 'iat', '__proto__', 'constructor'];
    const some = fc.dictionary(
      fc.constantFrom(...names, ...Object.keys(header), 'crit', 'typ'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(some, some, (changes, headerChanges) => {
        const parsed = parseWith(changes, headerChanges);
        if (!parsed.ok) return;
        // Whatever was changed, what it is taken for has been said in it, in the right form.
        expect(parsed.value.clientId).toBe({ ...claims, ...changes }.sub);
        expect(parsed.value.credentialId).toBe({ ...header, ...headerChanges }.kid);
        expect(parsed.value.expiresAt).toBeGreaterThan(now);
        expect(parsed.value.expiresAt).toBeLessThanOrEqual(now + 3600);
        expect(headerChanges).not.toHaveProperty('crit');
      }),
    );
  });

  it('is read or refused, and never throws', () => {
    const part = fc.oneof(fc.string(), fc.json().map(encode), fc.uint8Array().map(encode));
    fc.assert(fc.property(fc.array(part, { maxLength: 5 }), (parts) => void parse(parts.join('.'))));
  });
});
