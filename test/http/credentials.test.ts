import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBasic, presentsCredentials, readCredentials } from '../../lambdas/http/credentials.ts';
import { ASSERTION_TYPE } from '../support/client-assertions.ts';
import { requestEvent } from '../support/event.ts';

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const basic = (text: string | Uint8Array) => `Basic ${base64(text)}`;
const raw = (header: string) => parseBasic(header, 'raw');
const MALFORMED = { ok: false, failure: 'malformed' };
const AMBIGUOUS = { ok: false, failure: 'ambiguous' };

describe('the credentials of a request', () => {
  it('are an API key', () => {
    expect(readCredentials({ 'x-api-key': 'tg_a_b_c' })).toEqual({
      ok: true,
      value: { scheme: 'api_key', apiKey: 'tg_a_b_c' },
    });
  });

  it('or Basic, whose password may hold colons', () => {
    expect(readCredentials({ authorization: basic('alice:a:b:') })).toEqual({
      ok: true,
      value: { scheme: 'basic', userId: 'alice', password: 'a:b:' },
    });
  });

  it('are absent', () => {
    expect(readCredentials({ host: 'api.example.com' })).toEqual({ ok: false, failure: 'absent' });
  });

  it('are ambiguous when there are both, or one of them twice', () => {
    expect(readCredentials({ 'x-api-key': 'a', authorization: basic('a:b') })).toEqual(AMBIGUOUS);
    expect(readCredentials({ 'x-api-key': '', authorization: '' })).toEqual(AMBIGUOUS);
    expect(readCredentials({ 'x-api-key': 'a,b' })).toEqual(AMBIGUOUS);
    expect(readCredentials({ authorization: `${basic('a:b')},${basic('a:b')}` })).toEqual(AMBIGUOUS);
  });

  it('are malformed when they are longer than any can be', () => {
    expect(readCredentials({ 'x-api-key': 'a'.repeat(1024) }).ok).toBe(true);
    expect(readCredentials({ 'x-api-key': 'a'.repeat(1025) })).toEqual(MALFORMED);
    expect(readCredentials({ authorization: basic(`alice:${'x'.repeat(8192)}`) })).toEqual(MALFORMED);
  });
});

describe('Basic (RFC 7617)', () => {
  it.each(['basic', 'BASIC', 'Basic'])('is also written %s', (scheme) => {
    expect(raw(`${scheme}  ${base64('alice:x')}`).ok).toBe(true);
  });

  it('is UTF-8', () => {
    expect(raw(basic('ålice:пароль 🔑'))).toEqual({
      ok: true,
      value: { scheme: 'basic', userId: 'ålice', password: 'пароль 🔑' },
    });
    expect(raw(basic('\ufeffalice:x'))).toMatchObject({ value: { userId: '\ufeffalice' } });
  });

  it.each(
    Object.entries({
      empty: '',
      'only a scheme': 'Basic',
      'another scheme': `Bearer ${base64('a:b')}`,
      'a scheme run into the rest': `Basic${base64('a:b')}`,
      'no base64': 'Basic !!!!',
      base64url: `Basic ${Buffer.from([0x61, 0x3a, 0xc3, 0xbf, 0xc3, 0xbf, 0xc3, 0xbe]).toString('base64url')}_-`,
      'base64 without its padding': basic('a:b1').replaceAll('=', ''),
      'base64 with bits left over': 'Basic YTpiMR==',
      'base64 with something behind it': `${basic('a:b')} x`,
      'no colon': basic('alice'),
      'no UTF-8': basic(Uint8Array.of(0x61, 0x3a, 0xff, 0xfe)),
      'overlong UTF-8': basic(Uint8Array.of(0x61, 0xc0, 0xba, 0x62)),
      'a line feed': basic('alice:a\nb'),
      'a zero': basic('alice\u0000:a'),
      'a C1 control': basic('alice:\u0085'),
    }),
  )('is not %s', (_, header) => {
    expect(raw(header)).toEqual(MALFORMED);
  });

  it('gives back what was put in', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(
      fc.property(
        text.filter((value) => !value.includes(':')),
        text,
        (userId, password) => {
          expect(raw(basic(`${userId}:${password}`))).toEqual({
            ok: true,
            value: { scheme: 'basic', userId, password },
          });
        },
      ),
    );
  });

  it('reads or refuses any bytes, and throws at none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const parsed = raw(basic(bytes));
        if (parsed.ok && parsed.value.scheme === 'basic') {
          expect(Buffer.from(`${parsed.value.userId}:${parsed.value.password}`)).toEqual(Buffer.from(bytes));
        }
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => void readCredentials({ authorization: header })),
    );
  });
});

describe('Basic at the OAuth endpoints (RFC 6749 §2.3.1)', () => {
  const formEncoded = (header: string) => parseBasic(header, 'form-encoded');
  /** As URLSearchParams writes a value, which is what the RFC means. */
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

  it.each([
    ['%41lice:%78', 'Alice', 'x'],
    ['alice:a+b', 'alice', 'a b'],
    ['alice:a%2Bb', 'alice', 'a+b'],
    ['alice:%3A:%25', 'alice', '::%'],
    ['al%3Aice:x', 'al:ice', 'x'],
    ['alice:%C3%A9 é', 'alice', 'é é'],
    ['alice:', 'alice', ''],
  ])('%s', (pair, userId, password) => {
    expect(formEncoded(basic(pair))).toEqual({ ok: true, value: { scheme: 'basic', userId, password } });
  });

  it.each([
    'alice:%',
    'alice:%4',
    'alice:%zz',
    '%:x',
    'alice:%ff',
    'alice:%C3',
    'alice:%00',
    '%0a:x',
    'alice%3Ax',
  ])('is not %s', (pair) => {
    expect(formEncoded(basic(pair))).toEqual(MALFORMED);
  });

  it('gives back what was put in, colons and all', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(
      fc.property(text, text, (userId, password) => {
        expect(formEncoded(basic(`${encode(userId)}:${encode(password)}`))).toEqual({
          ok: true,
          value: { scheme: 'basic', userId, password },
        });
      }),
    );
  });

  it('is the same in both readings for what needs no escape, such as all that is minted here', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9_-]+$/);
    fc.assert(
      fc.property(text, text, (userId, password) => {
        expect(formEncoded(basic(`${userId}:${password}`))).toEqual(raw(basic(`${userId}:${password}`)));
      }),
    );
  });

  it('reads or refuses anything, and throws at nothing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void formEncoded(basic(bytes))));
    const escapes = fc
      .array(fc.constantFrom('%', '+', ':', 'a', '0', 'f', 'é'))
      .map((parts) => parts.join(''));
    fc.assert(fc.property(escapes, (text) => void formEncoded(basic(text))));
  });
});

describe('the credentials in a form', () => {
  const read = (parameters: Record<string, string>, headers = {}) =>
    readCredentials(headers, new Map(Object.entries(parameters)));
  const INCOMPLETE = { ok: false, failure: 'incomplete' };
  const assertion = { client_assertion: 'a.b.c', client_assertion_type: ASSERTION_TYPE };

  it('are a client id and a secret, as they are', () => {
    expect(read({ client_id: 'alice', client_secret: 'a+b%20:é' })).toEqual({
      ok: true,
      value: { scheme: 'basic', userId: 'alice', password: 'a+b%20:é' },
    });
  });

  it('or an assertion', () => {
    expect(read({ client_id: 'alice', ...assertion })).toEqual({
      ok: true,
      value: { scheme: 'assertion', assertion: 'a.b.c' },
    });
  });

  it('are absent where there is only a client id, or a parameter without a value', () => {
    const none = { client_id: 'alice', client_secret: '', client_assertion: '', client_assertion_type: '' };
    expect(read(none)).toEqual({ ok: false, failure: 'absent' });
    expect(presentsCredentials(requestEvent('POST /oauth2/token'), new Map(Object.entries(none)))).toBe(
      false,
    );
  });

  it.each([
    ['a secret without a client id', { client_secret: 'x' }],
    ['an assertion without its type', { client_assertion: 'a.b.c' }],
    ['a type without an assertion', { client_assertion_type: ASSERTION_TYPE }],
  ])('are incomplete with %s, which is an attempt all the same', (_, parameters) => {
    expect(read(parameters)).toEqual(INCOMPLETE);
    const form = new Map(Object.entries(parameters));
    expect(presentsCredentials(requestEvent('POST /oauth2/token'), form)).toBe(true);
  });

  it('are ambiguous beside any others', () => {
    const secret = { client_id: 'alice', client_secret: 'x' };
    for (const headers of [{ 'x-api-key': 'a' }, { authorization: '' }, { authorization: 'Bearer a' }]) {
      expect(read(secret, headers)).toEqual(AMBIGUOUS);
    }
  });

  it('are nobody’s where an assertion is beside any others (RFC 7521 §4.2.1)', () => {
    const malformed = { ok: false, failure: 'malformed' };
    expect(read({ client_id: 'alice', client_secret: 'x', ...assertion })).toEqual(malformed);
    for (const headers of [{ 'x-api-key': 'a' }, { authorization: '' }, { authorization: 'Bearer a' }]) {
      expect(read(assertion, headers)).toEqual(malformed);
    }
  });

  it('count for nothing where no form is read', () => {
    expect(readCredentials({})).toEqual({ ok: false, failure: 'absent' });
  });
});
