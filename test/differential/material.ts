/** What the requests of the comparison are made of. Everything odd is here because a gateway could read it its own way. */
import type { AbstractRequest } from './request.ts';

interface Credential {
  name: string;
  apply: (request: AbstractRequest) => AbstractRequest;
}

const header =
  (name: string, ...values: string[]): Credential['apply'] =>
  (request) => ({
    ...request,
    headers: [...request.headers, ...values.map((value) => [name, value] as const)],
  });

const authorization = (...values: string[]) => header('authorization', ...values);
const bearer = (token: string) => authorization(`Bearer {{token.${token}}}`);

const inQuery =
  (query: string): Credential['apply'] =>
  (request) => ({ ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}${query}` });

export const credentials: readonly Credential[] = [
  { name: 'with nothing', apply: (request) => request },
  { name: "with the reader's token", apply: bearer('reader') },
  { name: "with the writer's token", apply: bearer('writer') },
  { name: 'with a token of one scope and claims', apply: bearer('narrow') },
  { name: 'with an expired token', apply: bearer('expired') },
  { name: 'with a revoked token', apply: bearer('revoked') },
  { name: 'with a changed payload', apply: bearer('payload') },
  { name: 'with a changed signature', apply: bearer('signature') },
  { name: 'with a changed header', apply: bearer('header') },
  { name: 'with alg none', apply: bearer('none') },
  { name: 'with HS256 and the public key', apply: bearer('hs256') },
  { name: 'with another kid', apply: bearer('kid') },
  { name: "with a stranger's signature", apply: bearer('stranger') },
  { name: 'with another issuer', apply: bearer('issuer') },
  { name: 'with a token of two segments', apply: bearer('segments') },
  { name: 'with a token of four segments', apply: bearer('four') },
  { name: 'with a padded token', apply: bearer('padded') },
  { name: 'with Basic', apply: authorization('Basic {{basic.reader}}') },
  { name: 'with a wrong Basic', apply: authorization('Basic {{basic.stranger}}') },
  { name: 'with Basic that is no base64', apply: authorization('Basic !!!') },
  { name: 'with an API key', apply: header('x-api-key', '{{apiKey.reader}}') },
  { name: 'with a mistyped API key', apply: header('x-api-key', '{{apiKey.typo}}') },
  {
    name: 'with an API key and a token',
    apply: (request) => bearer('reader')(header('x-api-key', '{{apiKey.reader}}')(request)),
  },
  { name: 'with a lower-case bearer', apply: authorization('bearer {{token.reader}}') },
  { name: 'with two spaces', apply: authorization('Bearer  {{token.reader}}') },
  { name: 'with a tab', apply: authorization('Bearer\t{{token.reader}}') },
  { name: 'with a bare token', apply: authorization('{{token.reader}}') },
  { name: 'with a word of its own', apply: authorization('Token {{token.reader}}') },
  { name: 'with Bearer alone', apply: authorization('Bearer') },
  { name: 'with an empty header', apply: authorization('') },
  { name: 'with a comma behind the token', apply: authorization('Bearer {{token.reader}},') },
  { name: 'with two headers', apply: authorization('Bearer {{token.reader}}', 'Bearer {{token.writer}}') },
  {
    name: 'with one token twice',
    apply: authorization('Bearer {{token.reader}}', 'Bearer {{token.reader}}'),
  },
  { name: 'with a token in the query', apply: inQuery('access_token={{token.reader}}') },
  { name: 'with a header in upper case', apply: header('AUTHORIZATION', 'Bearer {{token.reader}}') },
];

const LONG = 'a'.repeat(600);

export const paths: readonly string[] = [
  '/',
  '/nowhere',
  '/protected-resource/',
  '/protected-resource//',
  '//protected-resource',
  '///protected-resource',
  '/Protected-Resource',
  '/PROTECTED-RESOURCE',
  '/protected%2Dresource',
  '/protected-resource%20',
  '/protected-resource%00',
  '/protected-resource%2F',
  '/protected-resource%3Fa=b',
  '/%70rotected-resource',
  '/%2Fprotected-resource',
  '/protected-resource;a=b',
  '/./protected-resource',
  '/products/../protected-resource',
  '/products/%2E%2E/protected-resource',
  '/products',
  '/products/',
  '/products/lamp/',
  '/products//lamp',
  '//products/lamp',
  '/products/Lamp',
  '/products/la%6Dp',
  '/products/la%6dp',
  '/products/lamp%20',
  '/products/lamp+desk',
  '/products/%20',
  '/products/a%2Fb',
  '/products/a%2fb',
  '/products/a%252Fb',
  '/products/lamp%2F',
  '/products/lamp%3Fa',
  '/products/lamp%23a',
  '/products/%2E',
  '/products/.',
  '/products/..',
  '/products/%',
  '/products/%z1',
  '/products/100%',
  '/products/%00',
  '/products/%C3%A9',
  '/products/\u00e9',
  '/products/%FF',
  '/products/%E2%82',
  '/products/%F0%9F%92%A1',
  '/products/lamp;v=1',
  '/products/lamp,desk',
  '/products/{name}',
  '/products/:name',
  '/products/*',
  '/products/__proto__',
  `/products/${LONG}`,
  `/products/${LONG.repeat(10)}`,
  '/users/reader/profile',
  '/users/alice/profile',
  '/users/Reader/profile',
  '/users/%72eader/profile',
  '/users/reader%00/profile',
  '/users/reader%2Fprofile',
  '/users//profile',
  '/users/reader/profile/',
  '/users/reader/profile/more',
  '/usage?',
  '/usage?a?b',
  '/protected-resource?%',
  '/.well-known/jwks.json',
  '/.well-known/jwks.json/',
  '/.well-known/JWKS.json',
  '/%2Ewell-known/jwks.json',
  '/.well-known/',
  '/admin/clients',
  '/$default',
  '/$default/protected-resource',
];

export const queries: readonly string[] = [
  '?format=json',
  '?format=csv',
  '?format=xml',
  '?format=json&format=csv',
  '?format=json&format=json',
  '?format=',
  '?format',
  '?=json',
  '?&',
  '?&format=csv&',
  '?format=c%73v',
  '?form%61t=csv',
  '?format=csv%20',
  '?format=csv+',
  '?format=+csv',
  '?FORMAT=csv',
  '?from=2026-11-01&to=2026-11-02',
  '?from=2026-11-02&to=2026-11-01',
  '?from=yesterday',
  '?from=2026-11-01T00:00:00Z&to=2026-11-01T01:00:00Z',
  '?from=2026-11-01T00:00:00+01:00&to=2026-11-02',
  '?from=2026-11-01T00%3A00%3A00Z&to=2026-11-02',
  '?unknown=1',
  '?format=csv;from=2026-11-01',
  '?format=%',
  '?format=%zz',
  '?format=%FF',
  '?format=%00',
  '?format=csv#fragment',
  '?format==csv',
  '?a=1&b=2&c=3&a=4',
  '??format=csv',
  '?__proto__=1',
  '?format=%2563sv',
];

export const methods: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
];

export const contentTypes: readonly (string | undefined)[] = [
  'application/json',
  'application/x-www-form-urlencoded',
  undefined,
  'text/plain',
  'application/octet-stream',
  'application/json; charset=utf-8',
  'application/json;charset=iso-8859-1',
  'APPLICATION/JSON',
  'application/x-www-form-urlencoded; charset=UTF-8',
  'application/problem+json',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
];

export const bodies: readonly (string | undefined)[] = [
  undefined,
  '',
  '{}',
  '{"expiresIn":60}',
  '{"expiresIn":0}',
  '{"scope":"write:users"}',
  '{"scope":"read:products"}',
  '{"claims":{"userID":"42","other":"x"}}',
  '{"name":"compared","price":5}',
  '{"name":"Lamp \u00e9","price":-1}',
  '{"name":"a","name":"b"}',
  '[1,2,3]',
  '"text"',
  'null',
  '{"unfinished":',
  '\ufeff{}',
  ' ',
  '\u0000\u0001\u0002',
  'token={{token.spare}}',
  'token=%7B%7Bno-token%7D%7D&token_type_hint=access_token',
  'token=a&token=b',
  'token=',
  'token',
  'to%6ben={{token.spare}}',
  'token=%',
  'token={{token.writer}}',
  'eyJleHBpcmVzSW4iOjYwfQ==',
  `{"padding":"${'x'.repeat(17_000)}"}`,
];

/** Headers beside the credentials that could move a gateway or a function to another answer. */
export const strayHeaders: readonly (readonly [string, string])[] = [
  ['origin', 'https://app.example'],
  ['origin', 'null'],
  ['accept', 'text/html'],
  ['accept', 'application/problem+json'],
  ['accept-encoding', 'gzip, br'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-for', '203.0.113.7'],
  ['x-forwarded-proto', 'http'],
  ['cookie', 'a=1; b=2'],
  ['if-none-match', '*'],
  ['range', 'bytes=0-3'],
  ['x-amzn-trace-id', 'Root=1-67891233-abcdef012345678912345678'],
  ['x-api-version', '2'],
  ['content-encoding', 'gzip'],
  ['x-empty', ''],
  ['x-latin', 'caf\u00e9'],
  ['x-long', 'b'.repeat(4000)],
];

const ORIGIN = ['origin', 'https://app.example'] as const;
const token = ['authorization', 'Bearer {{token.reader}}'] as const;

/** Preflights, whole and lacking something, and what browsers send after them. */
export function corsRequests(): AbstractRequest[] {
  const wants = (method: string) => ['access-control-request-method', method] as const;
  const asks = ['access-control-request-headers', 'authorization,content-type'] as const;
  const optionsOn = ['/protected-resource', '/auth', '/nowhere', '/admin/clients', '/'];
  const preflights = optionsOn.flatMap((path): [string, AbstractRequest['headers']][] => [
    [path, [ORIGIN, wants('GET')]],
    [path, [ORIGIN, wants('POST'), asks]],
    [path, [ORIGIN, wants('TRACE')]],
    [path, [ORIGIN]],
    [path, [wants('GET')]],
    [path, []],
    [path, [token]],
    [path, [['origin', 'null'], wants('GET')]],
    [path, [['origin', ''], wants('GET')]],
  ]);
  const after = [
    '/protected-resource',
    '/products/lamp',
    '/nowhere',
    '/.well-known/jwks.json',
    '/products/none',
  ];
  return [
    ...preflights.map(([path, headers]) => ({ name: 'preflight', method: 'OPTIONS', path, headers })),
    ...after.map((path) => ({ name: 'from a browser', method: 'GET', path, headers: [ORIGIN, token] })),
    ...after.map((path) => ({
      name: 'from a browser without a token',
      method: 'GET',
      path,
      headers: [ORIGIN],
    })),
  ];
}
