/**
 * The requests of the comparison: every route with every kind of credential, and then what a seed makes of odd
 * paths, methods, headers, queries and bodies. The same seed gives the same requests.
 */
import fc from 'fast-check';
import { type Route, routes } from '../../lambdas/routes.ts';
import {
  bodies,
  contentTypes,
  corsRequests,
  credentials,
  methods,
  paths,
  queries,
  strayHeaders,
} from './material.ts';
import type { AbstractRequest, Scenario } from './request.ts';

/** How many requests the seed makes, on top of those that are always there. */
const RANDOM = 160;

/** @returns what is to be sent; the requests of one scenario in their order, the scenarios in any. */
export function scenariosOf(seed: number): Scenario[] {
  const random = fc.sample(anyRequest, { seed, numRuns: RANDOM }).map((request, at) => ({
    ...request,
    name: `random ${at}, ${request.name}`,
  }));
  const single = [
    ...everyRouteWithEveryCredential(),
    ...oddPaths(),
    ...oddQueries(),
    ...oddBodies(),
    ...corsRequests(),
    ...signedRequests(),
  ];
  return [...[...single, ...random].map((request) => [request]), ...sequences()];
}

const GOOD_BODY: Readonly<Record<string, string>> = {
  'POST /auth': '{"expiresIn":60}',
  'POST /oauth2/revoke': 'token={{token.spare}}',
  'POST /products': '{"name":"compared","price":1000000}',
  'POST /admin/clients': '{"client_name":"Compared","kind":"service","scope":"read:products"}',
};

const GOOD_TYPE: Readonly<Record<string, string>> = {
  'POST /oauth2/revoke': 'application/x-www-form-urlencoded',
};

/** What stands for the parameters of a path. What is closed, and when, differs from moment to moment: so no month. */
const SEGMENTS: Readonly<Record<string, string>> = { name: 'lamp', userId: 'reader', month: '2026-13' };

type Header = readonly [string, string];

/** @returns the request that a route is there for, without credentials. */
function plain({ key }: Pick<Route, 'key'>): AbstractRequest {
  const [method = '', template = ''] = key.split(' ');
  const body = GOOD_BODY[key];
  const type: Header[] = body === undefined ? [] : [['content-type', GOOD_TYPE[key] ?? 'application/json']];
  const path = template
    .replace(/\{(\w+)\}/g, (_, name: string) => SEGMENTS[name] ?? name)
    .replace(/^\/usage$/, `$&?${QUIET}`);
  return { name: key, method, path, headers: type, ...(body !== undefined && { body }) };
}

const everyRouteWithEveryCredential = (): AbstractRequest[] =>
  routes.flatMap((route) =>
    credentials.map(({ name, apply }) => apply({ ...plain(route), name: `${route.key} ${name}` })),
  );

/** Days without records: a report of many hours is many reads, and differs from moment to moment. */
const QUIET = 'from=2020-01-01&to=2020-01-02';

const reader: Header = ['authorization', 'Bearer {{token.reader}}'];

const oddPaths = (): AbstractRequest[] =>
  paths.flatMap((path) => [
    { name: 'odd path', method: 'GET', path, headers: [reader] },
    { name: 'odd path without a token', method: 'GET', path, headers: [] },
  ]);

const oddQueries = (): AbstractRequest[] =>
  queries.map((query) => ({
    name: 'odd query',
    method: 'GET',
    path: `/usage${query.includes('from=') ? query : `${query}&${QUIET}`}`,
    headers: [reader],
  }));

const keyed: Header = ['x-api-key', '{{apiKey.reader}}'];
const typed = (value: string | undefined): Header[] => (value === undefined ? [] : [['content-type', value]]);

function oddBodies(): AbstractRequest[] {
  const posts: [string, Header[]][] = [
    ['/auth', [keyed]],
    ['/oauth2/revoke', [['authorization', 'Basic {{basic.reader}}']]],
    ['/products', [['authorization', 'Bearer {{token.writer}}']]],
  ];
  return posts.flatMap(([path, headers]) =>
    bodies.flatMap((body, at) =>
      [contentTypes[at % contentTypes.length], 'application/json'].map((type) => ({
        name: 'odd body',
        method: 'POST',
        path,
        headers: [...headers, ...typed(type)],
        ...(body !== undefined && { body }),
        ...(at % 3 === 0 && body !== undefined && { chunked: true }),
      })),
    ),
  );
}

const signedRequests = (): AbstractRequest[] => [
  { ...plain({ key: 'POST /admin/clients' }), name: 'an operator', signed: 'right' },
  { ...plain({ key: 'POST /admin/clients' }), name: 'a signature of nobody', signed: 'wrong' },
  {
    ...plain({ key: 'POST /admin/clients' }),
    name: 'an operator, a bad body',
    signed: 'right',
    body: '{"kind":1}',
  },
];

const basic = (name: string): Header => ['authorization', `Basic {{basic.${name}}}`];

function sequences(): Scenario[] {
  const login = (name: string, header: Header): AbstractRequest => ({
    name,
    method: 'POST',
    path: '/auth',
    headers: [header],
  });
  const create: AbstractRequest = {
    ...plain({ key: 'POST /admin/clients' }),
    name: 'a client of a name',
    signed: 'right',
    body: '{"client_name":"Twice","client_id":"twice-{{run}}","kind":"service","scope":"read:products"}',
  };
  const revocation: AbstractRequest = {
    ...plain({ key: 'POST /oauth2/revoke' }),
    name: 'a revocation',
    headers: [basic('alice'), ['content-type', 'application/x-www-form-urlencoded']],
    body: 'token={{token.alice}}',
  };
  const use: AbstractRequest = {
    ...plain({ key: 'GET /protected-resource' }),
    name: 'a token before and after its revocation',
    headers: [['authorization', 'Bearer {{token.alice}}']],
  };
  return [
    Array.from({ length: 7 }, (_, at) => login(`wrong password, try ${at + 1}`, basic('locked'))),
    [create, { ...create, name: 'the same client once more' }],
    [use, revocation, use, revocation],
  ];
}

const among = <T>(values: readonly T[]) => fc.constantFrom(...values);

/** Any route's request with one or several things about it changed. */
const anyRequest: fc.Arbitrary<AbstractRequest> = fc
  .record({
    route: among(routes),
    credential: among(credentials),
    method: fc.option(among(methods), { freq: 4, nil: undefined }),
    path: fc.option(among(paths), { freq: 4, nil: undefined }),
    query: fc.option(among(queries), { freq: 4, nil: undefined }),
    stray: fc.array(among(strayHeaders), { maxLength: 2 }),
    body: fc.option(among(bodies), { freq: 3, nil: undefined }),
    type: fc.option(among(contentTypes), { freq: 3, nil: undefined }),
    segment: fc.option(fc.webSegment({ size: 'small' }), { freq: 3, nil: undefined }),
    chunked: fc.boolean(),
  })
  .map(({ route, credential, method, path, query, stray, body, type, segment, chunked }) => {
    const base = credential.apply({ ...plain(route), name: `${route.key} ${credential.name}` });
    const inSegment =
      segment === undefined || segment === '' ? base.path : base.path.replace('lamp', segment);
    const changed: AbstractRequest = {
      ...base,
      method: method ?? base.method,
      path: withQuery(path ?? inSegment, query),
      headers: [
        ...base.headers.filter(([name]) => type === undefined || name !== 'content-type'),
        ...typed(type),
        ...stray,
      ],
      ...(body !== undefined && base.method === 'POST' && { body }),
    };
    const hasBody = changed.body !== undefined && changed.body !== '';
    return chunked && hasBody && changed.method === 'POST' ? { ...changed, chunked } : changed;
  });

const withQuery = (path: string, query = ''): string =>
  path.includes('?') && query !== '' ? `${path}&${query.slice(1)}` : path + query;
