/** Part two of the tour: OAuth 2.0 as any standard client speaks it. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Contract } from './runner.ts';
import { type Answer, basic, field, type Tour } from './steps.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

export async function oauth(tour: Tour, contract: Contract): Promise<void> {
  tour.part('Part two: OAuth 2.0');
  await discovery(tour, contract);
  await session(tour, contract);
  await delegation(tour, contract);
  await workload(tour, contract);
  await overlap(tour, contract);
}

async function discovery(tour: Tour, { url, clients: { reader } }: Contract): Promise<void> {
  tour.chapter('Discovery and client credentials');
  await tour.step({
    title: 'what a standard client needs to know',
    request: ['GET', '/.well-known/oauth-authorization-server'],
    expect: (answer) => field(answer, 'token_endpoint') === `${url}/oauth2/token`,
    expected: 'the token endpoint',
  });
  await tour.step({
    title: 'reader asks for a token as RFC 6749 has it',
    request: tokenRequest({ grant_type: 'client_credentials', scope: 'read:products' }, basicOf(reader)),
    expect: (answer) => answer.status === 200 && field(answer, 'scope') === 'read:products',
    expected: '200, that scope',
  });
}

async function session(tour: Tour, { clients: { alice } }: Contract): Promise<void> {
  tour.chapter('A session, and a thief');
  const login = await tour.step({
    title: 'alice logs in once; she gets a refresh token too',
    request: ['POST', '/auth', basicOf({ ...alice, clientSecret: alice.password })],
    expect: (answer) => answer.status === 200 && text(answer, 'refresh_token').startsWith('tgr_'),
    expected: '200, refresh_token',
  });
  const refresh = (token: string) =>
    tokenRequest({ grant_type: 'refresh_token', client_id: alice.clientId, refresh_token: token });
  const second = await tour.step({
    title: 'her app refreshes without her password; the refresh token is a new one each time',
    request: refresh(text(login, 'refresh_token')),
    expect: (answer) =>
      answer.status === 200 && field(answer, 'refresh_token') !== field(login, 'refresh_token'),
    expected: '200, another refresh_token',
  });
  await tour.step({
    title: 'the answer got lost? Sent again at once, it is answered with the same',
    request: refresh(text(login, 'refresh_token')),
    expect: (answer) => field(answer, 'refresh_token') === field(second, 'refresh_token'),
    expected: 'the same refresh_token',
  });
  const third = await tour.step({
    title: 'she goes on',
    request: refresh(text(second, 'refresh_token')),
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'somebody has kept a copy of the first one: that is theft, and the whole session ends',
    request: refresh(text(login, 'refresh_token')),
    expect: (answer) => answer.status === 400 && field(answer, 'error') === 'invalid_grant',
    expected: '400 invalid_grant',
  });
  await tour.step({
    title: 'also for the newest refresh token',
    request: refresh(text(third, 'refresh_token')),
    expect: (answer) => field(answer, 'error') === 'invalid_grant',
    expected: '400 invalid_grant',
  });
  await tour.step({
    title: 'and for the access token that came of it, on the very next call',
    request: ['GET', '/protected-resource', bearer(third)],
    expect: (answer) => answer.status === 401,
    expected: '401',
  });
}

async function delegation(tour: Tour, { clients: { alice, writer } }: Contract): Promise<void> {
  tour.chapter('Delegation (RFC 8693) and introspection (RFC 7662)');
  const backend = await register(tour, 'a backend may act for users, and ask about their tokens', {
    client_name: 'Backend of the tour',
    scope: 'read:products introspect:tokens',
    grant_types: [TOKEN_EXCHANGE],
  });
  const user = await tour.step({
    title: 'alice calls the backend with a token',
    request: ['POST', '/auth', basicOf({ ...alice, clientSecret: alice.password })],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  const exchange = {
    grant_type: TOKEN_EXCHANGE,
    subject_token: text(user, 'access_token'),
    subject_token_type: ACCESS_TOKEN,
  };
  const delegated = await tour.step({
    title: 'the backend exchanges it: for no more than alice and it both have, and no longer than hers lives',
    request: tokenRequest(exchange, backend),
    expect: (answer) => answer.status === 200 && field(answer, 'scope') === 'read:products',
    expected: '200, read:products',
  });
  await tour.step({
    title: 'the API sees alice, and who acts for her',
    request: ['GET', '/protected-resource', bearer(delegated)],
    expect: (answer) => field(answer, 'sub') === alice.clientId && field(answer, 'act') !== undefined,
    expected: '200, sub alice, act',
  });
  const introspect = (): [string, string, Record<string, string>, string] => [
    'POST',
    '/oauth2/introspect',
    { ...backend, ...FORM },
    new URLSearchParams({ token: text(delegated, 'access_token') }).toString(),
  ];
  await tour.step({
    title: 'it is active',
    request: introspect(),
    expect: (answer) => field(answer, 'active') === true,
    expected: 'active',
  });
  await tour.step({
    title: 'alice logs out: she revokes her own token',
    request: [
      'POST',
      '/oauth2/revoke',
      { ...basicOf({ ...alice, clientSecret: alice.password }), ...FORM },
      new URLSearchParams({ token: text(user, 'access_token') }).toString(),
    ],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'what was exchanged from it is over as well',
    request: introspect(),
    expect: (answer) => JSON.stringify(answer.body) === '{"active":false}',
    expected: '{"active":false}',
  });
  await tour.step({
    title: 'and refused on the very next call',
    request: ['GET', '/protected-resource', bearer(delegated)],
    expect: (answer) => answer.status === 401,
    expected: '401',
  });
  await tour.step({
    title: 'a client that was not given the grant does not get it',
    request: tokenRequest(exchange, basicOf(writer)),
    expect: (answer) => field(answer, 'error') === 'unauthorized_client',
    expected: '400 unauthorized_client',
  });
}

async function workload(tour: Tour, { url }: Contract): Promise<void> {
  tour.chapter('A build job without any secret (RFC 7523)');
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const issuer = `https://ci.example.com/${Date.now()}`;
  const client = await registered(tour, 'a client for the job, with nothing to prove itself by but its job', {
    client_name: 'Build of the tour',
    scope: 'read:products',
    grant_types: [JWT_BEARER],
  });
  await tour.operate({
    title: 'its CI is trusted, for this one repository',
    request: [
      'PUT',
      '/admin/issuers',
      {
        issuer,
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'ci' }] },
        algorithms: ['ES256'],
        mappings: [
          {
            match: { repository: 'acme/shop' },
            client_id: field(client, 'client_id'),
            subject: 'ci:{repository}',
            scope: 'read:products',
          },
        ],
      },
    ],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });
  const assertion = (repository: string) =>
    new SignJWT({ repository })
      .setProtectedHeader({ alg: 'ES256', kid: 'ci' })
      .setIssuer(issuer)
      .setSubject(`repo:${repository}`)
      .setAudience(url)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  const own = await assertion('acme/shop');
  const token = await tour.step({
    title: 'the job shows what its CI signed for it, and gets a token',
    request: tokenRequest({ grant_type: JWT_BEARER, assertion: own }),
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'it calls the API',
    request: ['GET', '/products/lamp', bearer(token)],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'an assertion is good once',
    request: tokenRequest({ grant_type: JWT_BEARER, assertion: own }),
    expect: (answer) => field(answer, 'error') === 'invalid_grant',
    expected: '400 invalid_grant',
  });
  await tour.step({
    title: 'a job of another repository gets nothing',
    request: tokenRequest({ grant_type: JWT_BEARER, assertion: await assertion('mallory/shop') }),
    expect: (answer) => field(answer, 'error') === 'invalid_grant',
    expected: '400 invalid_grant',
  });
}

async function overlap(tour: Tour, _contract: Contract): Promise<void> {
  tour.chapter('A new key without downtime');
  const client = await registered(tour, 'a client with an API key', {
    client_name: 'Rotated in the tour',
    scope: 'read:products',
  });
  const [, , credentialId] = text(client, 'api_key').split('_');
  const rotated = await tour.operate({
    title: 'it gets another one, and the old one is good for another hour',
    request: [
      'POST',
      `/admin/clients/${field(client, 'client_id')}/credentials`,
      { kind: 'api_key', replaces: credentialId, overlap: 3600 },
    ],
    expect: (answer) => answer.status === 201,
    expected: '201, a key, and until when the old one is good',
  });
  for (const [title, key] of [
    ['the new one logs in', text(rotated, 'api_key')],
    ['so does the old one', text(client, 'api_key')],
  ] as const) {
    await tour.step({
      title,
      request: ['POST', '/auth', { 'x-api-key': key }],
      expect: (answer) => answer.status === 200,
      expected: '200',
    });
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const tokenRequest = (
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
): [string, string, Record<string, string>, string] => [
  'POST',
  '/oauth2/token',
  { ...headers, ...FORM },
  new URLSearchParams(parameters).toString(),
];

const basicOf = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
  authorization: basic(clientId, clientSecret),
});

const bearer = (answer: Answer) => ({ authorization: `Bearer ${text(answer, 'access_token')}` });

const text = (answer: Answer, name: string): string => String(field(answer, name));

const registered = (tour: Tour, title: string, registration: Record<string, unknown>): Promise<Answer> =>
  tour.operate({
    title,
    request: ['POST', '/admin/clients', registration],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });

/** Registers a client, and gives the header that it authenticates by. */
async function register(tour: Tour, title: string, registration: Record<string, unknown>) {
  const client = await registered(tour, title, registration);
  return { authorization: basic(text(client, 'client_id'), text(client, 'client_secret')) };
}
