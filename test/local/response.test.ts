import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CorsConfiguration } from '../../local/api.ts';
import { preflight, withCors } from '../../local/cors.ts';
import { responseOf } from '../../local/response.ts';
import { createThrottle } from '../../local/throttle.ts';
import { SECOND, testClock } from '../support/clock.ts';

const seen = (result: unknown) => {
  const { status, headers, cookies, body } = responseOf(result);
  return { status, headers, cookies, body: body.toString() };
};

describe("what a function's result becomes", () => {
  it('itself as JSON with 200, where it has no statusCode', () => {
    expect(seen({ a: 1 })).toMatchObject({ status: 200, body: '{"a":1}' });
    expect(seen({ a: 1 }).headers).toEqual({ 'content-type': 'application/json' });
    expect(seen('text')).toMatchObject({ status: 200, body: 'text' });
    expect(seen(null)).toMatchObject({ status: 200, body: 'null' });
  });

  it('a response with its headers, cookies and body', () => {
    expect(
      seen({ statusCode: 201, headers: { 'X-A': 1, b: true }, cookies: ['c=1'], body: 'made' }),
    ).toMatchObject({ status: 201, headers: { 'x-a': '1', b: 'true' }, cookies: ['c=1'], body: 'made' });
    expect(seen({ statusCode: '204' })).toMatchObject({ status: 204, body: '' });
  });

  it('bytes, where the body is base64', () => {
    const body = Buffer.from([0, 255]).toString('base64');
    expect(responseOf({ statusCode: 200, body, isBase64Encoded: true }).body).toEqual(Buffer.from([0, 255]));
  });

  it.each([
    [{ statusCode: 'ok' }],
    [{ statusCode: 99 }],
    [{ statusCode: 600 }],
    [{ statusCode: 200.5 }],
    [{ statusCode: null }],
    [{ statusCode: [200] }],
    [{ statusCode: 200, body: { a: 1 } }],
    [{ statusCode: 200, headers: { 'a b': 'x' } }],
    [{ statusCode: 200, headers: { a: 'x\r\ny: z' } }],
    [{ statusCode: 200, headers: { a: {} } }],
    [{ statusCode: 200, headers: 'x' }],
    [{ statusCode: 200, cookies: 'x' }],
  ])('500 where it is no response: %j', (result) => {
    expect(seen(result)).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  });

  it('always a response', () => {
    const results = fc.oneof(
      fc.jsonValue(),
      fc.record({ statusCode: fc.jsonValue(), headers: fc.jsonValue(), cookies: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(results, (result) => {
        expect(responseOf(result).status).toBeGreaterThanOrEqual(200);
      }),
    );
  });
});

describe('CORS', () => {
  const cors: CorsConfiguration = {
    allowCredentials: false,
    allowHeaders: ['authorization', 'x-api-key'],
    allowMethods: ['GET', 'POST'],
    allowOrigins: ['https://app.example'],
    exposeHeaders: ['authorization'],
    maxAge: 600,
  };
  const ask = { origin: 'https://app.example', 'access-control-request-method': 'GET' };

  it('answers a preflight of an allowed origin', () => {
    expect(preflight(cors, ask)).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,x-api-key',
        'access-control-max-age': '600',
      },
    });
  });

  it('allows nothing to another origin, and to one that only begins alike', () => {
    for (const origin of [
      'https://other.example',
      'https://app.example.evil',
      'http://app.example',
      'null',
    ]) {
      expect(preflight(cors, { ...ask, origin })).toMatchObject({ status: 204, headers: {} });
    }
  });

  it('allows nothing to a method or a header that is not configured, and to half a preflight', () => {
    const headers = (names: string) => ({ ...ask, 'access-control-request-headers': names });
    expect(preflight(cors, headers('X-API-Key, authorization')).headers).not.toEqual({});
    for (const wanted of [
      headers('authorization, x-other'),
      { ...ask, 'access-control-request-method': 'DELETE' },
      { origin: ask.origin },
      { 'access-control-request-method': 'GET' },
      {},
    ]) {
      expect(preflight(cors, wanted)).toMatchObject({ status: 204, headers: {} });
    }
  });

  it('allows each method and header to a wildcard', () => {
    const any = { ...cors, allowMethods: ['*'], allowHeaders: ['*'] };
    const wanted = {
      ...ask,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-a',
    };
    expect(preflight(any, wanted).headers).toMatchObject({ 'access-control-allow-methods': '*' });
  });

  it("overrides the function's own headers", () => {
    const own = responseOf({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*', a: 'b' } });
    expect(withCors(cors, ask.origin, own).headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-expose-headers': 'authorization',
      a: 'b',
    });
    expect(withCors(cors, undefined, own).headers).not.toHaveProperty('access-control-allow-origin');
    expect(withCors(cors, 'https://x.example', own).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });
});

describe('the throttle of a route', () => {
  it('lets a burst through and refills at its rate, each route for itself', () => {
    const clock = testClock();
    const throttle = { rate: 2, burst: 3 };
    const admits = createThrottle(new Map(['a', 'b'].map((key) => [key, throttle])), clock);
    const burst = () => Array.from({ length: 5 }, () => admits('a'));
    expect(burst()).toEqual([true, true, true, false, false]);
    clock.advance(SECOND);
    expect(burst()).toEqual([true, true, false, false, false]);
    clock.advance(100 * SECOND);
    expect(burst()).toEqual([true, true, true, false, false]);
    expect(admits('b')).toBe(true);
    expect(admits('not throttled')).toBe(true);
  });
});
