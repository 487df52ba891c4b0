/** Part one of the tour: log in, call, be refused, revoke, see what it cost. */
import type { Contract } from './runner.ts';
import { basic, field, type Tour } from './steps.ts';

export async function basics(tour: Tour, { clients: { reader, writer, alice } }: Contract): Promise<void> {
  tour.part('Part one: tokens');
  tour.chapter('Log in');
  const login = await tour.step({
    title: 'reader logs in with its API key; the token comes in the header and in the body',
    request: ['POST', '/auth', { 'x-api-key': reader.apiKey }],
    expect: (answer) =>
      answer.status === 200 &&
      answer.headers.get('authorization') === `Bearer ${field(answer, 'access_token')}`,
    expected: '200, Authorization: Bearer …',
  });
  const readerToken = { authorization: `Bearer ${field(login, 'access_token')}` };
  const narrow = await tour.step({
    title: 'writer logs in with Basic, asks for one scope, five minutes and a claim of its own',
    request: [
      'POST',
      '/auth',
      { authorization: basic(writer.clientId, writer.clientSecret), 'content-type': 'application/json' },
      '{"scope": "write:products", "claims": {"userID": "42"}, "expiresIn": 300}',
    ],
    expect: (answer) =>
      answer.status === 200 &&
      field(answer, 'scope') === 'write:products' &&
      field(answer, 'expires_in') === 300,
    expected: '200, that scope, 300 seconds',
  });
  const writerToken = { authorization: `Bearer ${field(narrow, 'access_token')}` };
  const user = await tour.step({
    title: 'alice, a user, logs in with her password',
    request: ['POST', '/auth', { authorization: basic(alice.clientId, alice.password) }],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  const aliceToken = { authorization: `Bearer ${field(user, 'access_token')}` };
  await tour.step({
    title: 'a wrong secret is told nothing, not even whether the client exists',
    request: ['POST', '/auth', { authorization: basic(reader.clientId, 'not-the-secret') }],
    expect: (answer) => answer.status === 401 && field(answer, 'error') === 'invalid_client',
    expected: '401 invalid_client',
  });

  tour.chapter('Call');
  await tour.step({
    title: 'without a token the gateway refuses, before any code runs',
    request: ['GET', '/products/lamp'],
    expect: (answer) => answer.status === 401 && answer.headers.has('www-authenticate'),
    expected: '401, WWW-Authenticate',
  });
  await tour.step({
    title: 'with a token that has read:products the product comes',
    request: ['GET', '/products/lamp', readerToken],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'a token without write:products may not create one',
    request: [
      'POST',
      '/products',
      { ...readerToken, 'content-type': 'application/json' },
      '{"name": "vase", "price": 19000000}',
    ],
    expect: (answer) => answer.status === 403,
    expected: '403 from the gateway',
  });
  await tour.step({
    title: 'a token with it may',
    request: [
      'POST',
      '/products',
      { ...writerToken, 'content-type': 'application/json' },
      '{"name": "vase", "price": 19000000}',
    ],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });
  await tour.step({
    title: 'who is calling? The claims, and the transaction id of the login',
    request: ['GET', '/protected-resource', writerToken],
    expect: (answer) => answer.status === 200 && field(answer, 'txn') === field(narrow, 'transaction_id'),
    expected: '200, txn = transaction_id of the login',
  });

  tour.chapter('A rule over claims');
  await tour.step({
    title: 'alice reads her own profile',
    request: ['GET', `/users/${alice.clientId}/profile`, aliceToken],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: "alice does not read bob's",
    request: ['GET', '/users/bob/profile', aliceToken],
    expect: (answer) => answer.status === 403 && field(answer, 'code') === 'not_the_owner',
    expected: '403 not_the_owner',
  });

  tour.chapter('Revoke');
  await tour.step({
    title: 'reader revokes its token (RFC 7009)',
    request: [
      'POST',
      '/oauth2/revoke',
      {
        authorization: basic(reader.clientId, reader.clientSecret),
        'content-type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams({ token: String(field(login, 'access_token')) }).toString(),
    ],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'the very next call is refused, although the token has not expired',
    request: ['GET', '/products/lamp', readerToken],
    expect: (answer) =>
      answer.status === 401 && /error="invalid_token"/.test(answer.headers.get('www-authenticate') ?? ''),
    expected: '401 Bearer error="invalid_token"',
  });

  tour.chapter('What it cost');
  const again = await tour.step({
    title: 'reader logs in once more, to see its calls',
    request: ['POST', '/auth', { 'x-api-key': reader.apiKey }],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await tour.step({
    title: 'calls and cost as User, API endpoint, Date, Calls, Cost',
    request: ['GET', '/usage?format=csv', { authorization: `Bearer ${field(again, 'access_token')}` }],
    expect: (answer) =>
      answer.status === 200 &&
      /^User,API endpoint,Date,Calls,Cost[,\r\n][\s\S]*GET \/products\/\{name\}/.test(String(answer.body)),
    expected: '200, a table with GET /products/{name} in it',
  });
}
