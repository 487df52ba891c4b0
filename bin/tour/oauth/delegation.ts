/** A backend acts for a user, for as long as the user's own token is good. */
import type { Contract } from '../runner.ts';
import { basic, field, type Tour } from '../steps.ts';
import { basicOf, bearer, FORM, registered, text, tokenRequest } from './requests.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

export async function delegation(tour: Tour, { clients: { alice, writer } }: Contract): Promise<void> {
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

/** Registers a client, and gives the header that it authenticates by. */
async function register(tour: Tour, title: string, registration: Record<string, unknown>) {
  const client = await registered(tour, title, registration);
  return { authorization: basic(text(client, 'client_id'), text(client, 'client_secret')) };
}
