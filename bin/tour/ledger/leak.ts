/** A key has leaked: what did it do, and what did that cost? */
import { decodeJwt } from 'jose';
import { basicOf, bearer, FORM, text, tokenRequest } from '../oauth/requests.ts';
import type { Contract } from '../runner.ts';
import { type Answer, field, type Tour } from '../steps.ts';

export async function leak(tour: Tour, { clients: { writer } }: Contract): Promise<void> {
  tour.chapter('A key has leaked: what did it do, and what did that cost?');
  const login = await tour.step({
    title: "somebody has writer's key, and logs in with it",
    request: ['POST', '/auth', { 'x-api-key': writer.apiKey }],
    expect: (answer) => answer.status === 200 && text(answer, 'refresh_token').startsWith('tgr_'),
    expected: '200, refresh_token',
  });
  const refreshed = await tour.step({
    title: 'goes on by its refresh token',
    request: tokenRequest(
      { grant_type: 'refresh_token', refresh_token: text(login, 'refresh_token') },
      { 'x-api-key': writer.apiKey },
    ),
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  const call = (status: number, title: string) =>
    tour.step({
      title,
      request: ['GET', '/products/lamp', bearer(refreshed)],
      expect: (answer) => answer.status === status,
      expected: String(status),
    });
  await call(200, 'and calls');
  await tour.step({
    title: 'writer notices, and revokes the token',
    request: [
      'POST',
      '/oauth2/revoke',
      { ...basicOf(writer), ...FORM },
      new URLSearchParams({ token: text(refreshed, 'access_token') }).toString(),
    ],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await call(401, 'the next call is refused; that it was tried is booked too');
  await ask(tour, writer, refreshed);
}

async function ask(tour: Tour, writer: Contract['clients']['writer'], leaked: Answer): Promise<void> {
  const owner = await tour.step({
    title: 'writer asks, by another credential of its own',
    request: ['POST', '/auth', basicOf(writer)],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  const claims = decodeJwt(text(leaked, 'access_token'));
  await tour.step({
    title:
      'that token: issued when and by which key, from what, each call and its cost, revoked when and why',
    request: ['GET', `/usage/tokens/${claims.jti}`, bearer(owner)],
    expect: (answer) =>
      JSON.stringify(field(answer, 'total')).startsWith('{"calls":3,"errors":0,"refused":1,') &&
      [field(answer, 'issued'), field(answer, 'origin'), field(answer, 'revoked')].every(Boolean),
    expected: '3 calls, one of them refused; issued, refreshed, revoked',
  });
  await tour.step({
    title: 'that key: each token that it ever got, the newest first, and what they cost together',
    request: ['GET', `/usage/credentials/${claims.credential_id}?limit=3`, bearer(owner)],
    expect: (answer) => JSON.stringify(field(answer, 'tokens')).includes(String(claims.jti)),
    expected: '200, that token among them',
  });
}
