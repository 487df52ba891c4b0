/** RFC 7521 and RFC 7523, assertions as grants, and RFC 8693, Token Exchange: what the tests of the grants leave open. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantTypes, JWT_BEARER, TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import { ACCESS_TOKEN } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { asking, basic, bodyOf } from '../support/token-service.ts';
import { createEndpoints, type Endpoints, expectError, formOf } from './endpoints.ts';

let oauth: Endpoints;
let client: Awaited<ReturnType<Endpoints['client']>>;
captureOutput();

beforeAll(async () => {
  oauth = await createEndpoints();
  client = await oauth.client({ grantTypes });
  await oauth.trust(client.clientId);
});
afterAll(() => oauth.close());

const byBasic = () => basic(client.clientId, client.clientSecret);
const byAssertion = (assertion: string, headers: Record<string, string> = {}) =>
  oauth.token(formOf({ grant_type: JWT_BEARER, assertion }, headers));
const ownToken = async () => String(bodyOf(await oauth.login(asking(client.apiKey, {}))).access_token);
const exchanging = (subject_token: string, changes: Record<string, string> = {}) =>
  oauth.token(
    formOf(
      { grant_type: TOKEN_EXCHANGE, subject_token, subject_token_type: ACCESS_TOKEN, ...changes },
      byBasic(),
    ),
  );

describe('RFC 7523 §3', () => {
  it.each([undefined, '', 7, ['bob']])(
    'an assertion whose sub is %j is refused, whether or not anything is made of it',
    async (sub) => {
      expect(expectError(await byAssertion(await oauth.partnerToken({ sub })))).toBe('invalid_grant');
    },
  );

  it('an assertion may have claims that nobody knows', async () => {
    const assertion = await oauth.partnerToken({ 'https://claims.example/member': true, deep: { a: [1] } });
    expect((await byAssertion(assertion)).statusCode).toBe(200);
  });
});

describe('RFC 7521 §4.1', () => {
  it('no refresh token comes of an assertion, even where its client may refresh', async () => {
    const answer = await byAssertion(await oauth.partnerToken(), byBasic());
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer)).not.toHaveProperty('refresh_token');
  });
});

describe('RFC 8693 §2.2.1', () => {
  it('has the members that are required, as RFC 6749 §5.1 has them, and no refresh token', async () => {
    const answer = await exchanging(await ownToken());
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' },
    });
    expect(bodyOf(answer)).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'read:products read:usage',
      transaction_id: expect.any(String),
    });
  });

  it('leaves the subject token as valid as it was (§2.1)', async () => {
    const subject = await ownToken();
    await exchanging(subject);
    const asked = await oauth.introspect(formOf({ token: subject }, byBasic()));
    expect(bodyOf(asked).active).toBe(true);
  });
});

describe('RFC 8693 §2.2.2', () => {
  it.each([
    ['invalid_request', { subject_token: 'garbage' }],
    ['invalid_target', { audience: 'https://elsewhere.example' }],
    ['invalid_scope', { scope: 'read:users' }],
  ])('%s is an error as RFC 6749 §5.2 has them', async (error, changes) => {
    expect(expectError(await exchanging(await ownToken(), changes))).toBe(error);
  });
});
