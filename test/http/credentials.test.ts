import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBasic, readCredentials } from '../../lambdas/http/credentials.ts';

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
