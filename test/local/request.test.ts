import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventOf, type GatewayRequest, headersOf } from '../../local/event.ts';
import { createRouter } from '../../local/router.ts';
import { NOW } from '../support/clock.ts';

const request = (change: Partial<GatewayRequest> = {}): GatewayRequest => ({
  method: 'GET',
  path: '/products/lamp',
  query: '',
  rawHeaders: ['Host', 'api.example.com', 'User-Agent', 'test'],
  body: Buffer.alloc(0),
  sourceIp: '203.0.113.7',
  requestId: 'request-1',
  time: NOW,
  ...change,
});
const event = (change: Partial<GatewayRequest> = {}) =>
  eventOf(request(change), { key: 'GET /products/{name}', pathParameters: {}, authorizer: undefined });

describe('the route of a request', () => {
  const find = createRouter(
    ['GET /products/{name}', 'GET /products/new', 'ANY /any/{id}', 'PUT /any/{id}', 'GET /files/{path+}'].map(
      (key) => ({ key }),
    ),
  );
  const keyOf = (method: string, path: string) => {
    const match = find(method, path);
    return typeof match === 'object' ? match.route.key : match;
  };

  it('is the exact one before the one with a parameter', () => {
    expect(keyOf('GET', '/products/new')).toBe('GET /products/new');
    expect(keyOf('GET', '/products/newer')).toBe('GET /products/{name}');
  });

  it('is the one of its method before ANY', () => {
    expect(keyOf('PUT', '/any/1')).toBe('PUT /any/{id}');
    expect(keyOf('DELETE', '/any/1')).toBe('ANY /any/{id}');
  });

  it('may take the rest of a path', () => {
    expect(find('GET', '/files/a/b')).toMatchObject({ pathParameters: { path: 'a/b' } });
  });

  it.each([
    ['POST', '/products/lamp'],
    ['GET', '/products'],
    ['GET', '/products/'],
    ['GET', '/products/lamp/'],
    ['GET', '/Products/lamp'],
    ['GET', '/products/a/b'],
    ['GET', '/products//lamp'],
    ['GET', '/products/a%2Fb'],
    ['GET', '/products/lamp%2F'],
    ['BREW', '/products/lamp'],
  ])('is none for %s %s', (method, path) => expect(keyOf(method, path)).toBeUndefined());

  it('is that of the decoded path, and of one slash at its beginning', () => {
    expect(find('GET', '/products%2Flamp')).toMatchObject({ pathParameters: { name: 'lamp' } });
    expect(find('GET', '///products/lamp')).toMatchObject({ pathParameters: { name: 'lamp' } });
    expect(find('GET', '/%2Fproducts/lamp')).toMatchObject({ pathParameters: { name: 'lamp' } });
    expect(find('GET', '/products/100%25%3F%23;')).toMatchObject({ pathParameters: { name: '100%?#;' } });
    expect(find('GET', '/products/a%252Fb')).toMatchObject({ pathParameters: { name: 'a%2Fb' } });
  });

  it('is $default where nothing else matches', () => {
    expect(createRouter([{ key: '$default' }])('GET', '/x')).toMatchObject({ route: { key: '$default' } });
  });

  it('is malformed where the percent-encoding is', () => {
    for (const path of ['/products/%', '/products/%zz', '/products/%ff', 'products']) {
      expect(find('GET', path)).toBe('malformed');
    }
  });

  it('gives any parameter back as it was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (name) => {
        fc.pre(!['.', '..', 'new'].includes(name) && !name.includes('/'));
        expect(find('GET', `/products/${encodeURIComponent(name)}`)).toMatchObject({
          pathParameters: { name },
        });
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (method, path) => void find(method, `/${path}`)));
  });
});

describe('the event of a request, payload 2.0', () => {
  it('has header names in lower case and joins those that came twice', () => {
    expect(headersOf(['X-A', '1', 'x-a', '2', 'Authorization', 'a', 'authorization', 'b'])).toEqual({
      'x-a': '1,2',
      authorization: 'a,b',
    });
  });

  it('keeps a header that is named like a part of every object', () => {
    expect(Object.entries(headersOf(['__proto__', 'x']))).toEqual([['__proto__', 'x']]);
  });

  it('has cookies apart from the headers', () => {
    const { cookies, headers } = event({ rawHeaders: ['Host', 'x', 'Cookie', 'a=1; b=2'] });
    expect(cookies).toEqual(['a=1', 'b=2']);
    expect(headers).not.toHaveProperty('cookie');
  });

  it('has the query as it came, and decoded with repeated values joined', () => {
    expect(event({ query: 'a=1&b=%C3%A9&a=2' })).toMatchObject({
      rawQueryString: 'a=1&b=%C3%A9&a=2',
      queryStringParameters: { a: '1,2', b: 'é' },
    });
    expect(event({ query: '?a=1' })).toMatchObject({ queryStringParameters: { '?a': '1' } });
    expect(event()).not.toHaveProperty('queryStringParameters');
  });

  it('has the path decoded', () => {
    expect(event({ path: '/products/a%20b' })).toMatchObject({ rawPath: '/products/a b' });
  });

  it.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['text/csv', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['application/problem+json', true],
    [undefined, true],
  ])('has a body of type %s in base64: %s', (type, isBase64Encoded) => {
    const rawHeaders = ['Host', 'x', ...(type === undefined ? [] : ['Content-Type', type])];
    const body = isBase64Encoded ? Buffer.from('{}').toString('base64') : '{}';
    expect(event({ body: Buffer.from('{}'), rawHeaders })).toMatchObject({ body, isBase64Encoded });
  });

  it('says who, when and which request it was', () => {
    expect(event().requestContext).toEqual({
      accountId: '123456789012',
      apiId: 'local',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: {
        method: 'GET',
        path: '/products/lamp',
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: 'test',
      },
      requestId: 'request-1',
      routeKey: 'GET /products/{name}',
      stage: '$default',
      time: '22/Nov/2026:12:00:00 +0000',
      timeEpoch: NOW,
    });
  });

  it('gives any body back whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const { body = '' } = event({ body: Buffer.from(bytes) });
        expect(Buffer.from(body, 'base64')).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('takes any query', () => {
    fc.assert(fc.property(fc.string(), (query) => void event({ query })));
  });
});
