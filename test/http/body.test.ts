import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_BODY, readForm, readJson } from '../../lambdas/http/body.ts';
import { requestEvent } from '../support/event.ts';

const jsonEvent = (body: string, contentType = 'application/json') =>
  requestEvent('POST /auth', { body, headers: { 'content-type': contentType } });
const formEvent = (body: string | Uint8Array, contentType = 'application/x-www-form-urlencoded') =>
  requestEvent('POST /oauth2/revoke', {
    body: Buffer.from(body).toString('base64'),
    base64: true,
    headers: { 'content-type': contentType },
  });
const bad = (reason: string) => ({
  ok: false,
  failure: { status: 400, reason: expect.stringContaining(reason) },
});

describe('a JSON body', () => {
  it('may be absent or empty, whatever the content-type', () => {
    expect(readJson(requestEvent('POST /auth'))).toEqual({ ok: true, value: undefined });
    expect(readJson(jsonEvent('', 'text/plain'))).toEqual({ ok: true, value: undefined });
  });

  it('is an object, as text or as base64', () => {
    const value = { scope: 'a', claims: { ä: '🚀' } };
    expect(readJson(jsonEvent(JSON.stringify(value)))).toEqual({ ok: true, value });
    expect(readJson(formEvent(JSON.stringify(value), 'Application/JSON; charset=utf-8'))).toEqual({
      ok: true,
      value,
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'is not %j',
    (contentType) => expect(readJson(jsonEvent('{}', contentType))).toEqual(bad('application/json')),
  );

  it.each(['[]', 'null', '"a"', '42', '{', '{"a":1,}', "{'a':1}", '{} {}', ' ', '\ufeff{}', '{"a":NaN}'])(
    'is not %j',
    (text) => expect(readJson(jsonEvent(text))).toEqual(bad('not a JSON object')),
  );

  it('is not nested without end', () => {
    expect(readJson(jsonEvent('['.repeat(10_000)))).toEqual(bad('not a JSON object'));
    expect(readJson(jsonEvent(`{"a":${'['.repeat(8000)}${']'.repeat(8000)}}`))).toMatchObject({ ok: true });
    expect(readJson(jsonEvent(`{"a":${'['.repeat(8000)}{"b":1,"b":1}${']'.repeat(8000)}}`))).toEqual(
      bad('twice'),
    );
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    expect(readJson(jsonEvent(deep))).toMatchObject({ failure: { status: 413 } });
  });

  it.each([
    '{"scope":"a","scope":"b"}',
    '{"scope":"a","scope":"a"}',
    '{"scope":"a","\\u0073cope":"a"}',
    '{"claims":{"a":"1","a":"2"}}',
    '{"x":[{"a":{}},{"a":{},"a":{}}]}',
    '{"__proto__":1,"__proto__":2}',
  ])('does not say the same twice: %s', (text) => {
    expect(readJson(jsonEvent(text))).toEqual(bad('twice'));
  });

  it('may have colons and quotes inside of strings', () => {
    const value = { 'a:b': ':"\\":', 'c\\': ['":', '\\"'] };
    expect(readJson(jsonEvent(JSON.stringify(value)))).toEqual({ ok: true, value });
  });

  it('keeps __proto__ a member like any other', () => {
    const read = readJson(jsonEvent('{"__proto__":{"scope":"a"}}'));
    expect(read.ok && Object.keys(read.value ?? {})).toEqual(['__proto__']);
  });

  it('has an end, in bytes', () => {
    const ofSize = (size: number) => JSON.stringify({ a: 'x'.repeat(size - 8) });
    expect(readJson(jsonEvent(ofSize(MAX_BODY))).ok).toBe(true);
    expect(readJson(jsonEvent(ofSize(MAX_BODY + 1)))).toMatchObject({ failure: { status: 413 } });
    expect(readJson(jsonEvent(JSON.stringify({ a: 'ä'.repeat(MAX_BODY / 2) })))).toMatchObject({
      failure: { status: 413 },
    });
  });

  it('is UTF-8', () => {
    const bytes = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
    expect(readJson(formEvent(bytes, 'application/json'))).toEqual(bad('UTF-8'));
  });

  it('reads every object that was written, and throws at nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value);
        fc.pre(Buffer.byteLength(text) <= MAX_BODY);
        const read = readJson(jsonEvent(text));
        expect(read.ok && JSON.stringify(read.value)).toBe(text);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readJson(jsonEvent(text))));
  });
});

describe('a form', () => {
  it('is parameters, each once', () => {
    const read = readForm(formEvent('token=a%2Bb+c&token_type_hint='));
    expect(read.ok && Object.fromEntries(read.value)).toEqual({ token: 'a+b c', token_type_hint: '' });
  });

  it('may be empty', () => {
    expect(readForm(requestEvent('POST /oauth2/revoke'))).toEqual({ ok: true, value: new Map() });
  });

  it('does not say the same twice', () => {
    expect(readForm(formEvent('token=a&token=a'))).toEqual(bad('twice'));
    expect(readForm(formEvent('token=a&%74oken=b'))).toEqual(bad('twice'));
  });

  it.each(['token=%', 'token=%zz', 'token=%ff', 'token=%c0%ba'])('is not %s', (text) => {
    expect(readForm(formEvent(text))).toEqual(bad('form-encoded'));
  });

  it('is not JSON, not too long, and UTF-8', () => {
    expect(readForm(formEvent('{"token":"a"}', 'application/json'))).toEqual(bad('x-www-form-urlencoded'));
    expect(readForm(formEvent('a'.repeat(MAX_BODY + 1)))).toMatchObject({ failure: { status: 413 } });
    expect(readForm(formEvent(Uint8Array.of(0x61, 0x3d, 0xff)))).toEqual(bad('UTF-8'));
  });

  it('reads every form that was written, and throws at nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' })), (value) => {
        const read = readForm(formEvent(new URLSearchParams({ ...value }).toString()));
        expect(read.ok && Object.fromEntries(read.value)).toEqual({ ...value });
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readForm(formEvent(bytes))));
  });
});
