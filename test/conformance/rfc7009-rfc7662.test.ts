/** RFC 7009, Token Revocation, and RFC 7662, Token Introspection, where they rest on RFC 6749. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { captureOutput } from '../support/output.ts';
import { asking, basic, bodyOf } from '../support/token-service.ts';
import { createEndpoints, type Endpoints, expectError, formOf } from './endpoints.ts';

let oauth: Endpoints;
let client: Awaited<ReturnType<Endpoints['client']>>;
let token: string;
captureOutput();

beforeAll(async () => {
  oauth = await createEndpoints();
  client = await oauth.client();
  token = String(bodyOf(await oauth.login(asking(client.apiKey, {}))).access_token);
  oauth.takeOperations();
});
afterEach(() => {
  oauth.takeOperations();
});
afterAll(() => oauth.close());

const byBasic = () => basic(client.clientId, client.clientSecret);

describe.each(['revoke', 'introspect'] as const)('%s: request (RFC 7009 §2.1, RFC 7662 §2.1)', (endpoint) => {
  it('is authenticated before the token is looked at', async () => {
    for (const form of [{}, { token: '' }, { token: 'garbage' }, { token }]) {
      expect(expectError(await oauth[endpoint](formOf(form)), 401)).toBe('invalid_client');
    }
    expect(oauth.takeOperations()).toEqual([]);
  });

  it('has its token in the body, not in the URI', async () => {
    const response = await oauth[endpoint]({ ...formOf('', byBasic()), query: { token } });
    expect(expectError(response)).toBe('invalid_request');
  });

  it('is a form, and nothing else', async () => {
    const json = { ...byBasic(), 'content-type': 'application/json' };
    const response = await oauth[endpoint]({ headers: json, body: JSON.stringify({ token }) });
    expect(expectError(response)).toBe('invalid_request');
  });

  it('has a token, once', async () => {
    for (const form of ['', 'token', 'token=', `token=${token}&token=${token}`]) {
      expect(expectError(await oauth[endpoint](formOf(form, byBasic())))).toBe('invalid_request');
    }
  });

  it('may have parameters that nobody knows', async () => {
    const form = { token: 'garbage', foo: 'bar', callback: 'alert', resource_id: 'x' };
    const response = await oauth[endpoint](formOf(form, byBasic()));
    expect(response.statusCode).toBe(200);
    // No JSONP (RFC 7009 §2.3): whatever callback is named, nothing of it comes back.
    expect(String(response.body)).not.toContain('alert');
  });

  it('costs the same whatever the hint says (RFC 7009 §5)', async () => {
    const operations = async (token_type_hint: string) => {
      await oauth[endpoint](formOf({ token: 'garbage', token_type_hint }, byBasic()));
      return oauth.takeOperations();
    };
    const usual = await operations('access_token');
    for (const hint of ['refresh_token', 'id_token', 'x'.repeat(1000), '\0']) {
      expect(await operations(hint)).toEqual(usual);
    }
  });
});
