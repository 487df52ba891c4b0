/** A session of refresh tokens goes on, and ends when one of them is used twice. */
import type { Contract } from '../runner.ts';
import { field, type Tour } from '../steps.ts';
import { basicOf, bearer, text, tokenRequest } from './requests.ts';

export async function session(tour: Tour, { clients: { alice } }: Contract): Promise<void> {
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
    title: 'the answer got lost? Sent again at once, it is answered with the same refresh token',
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
