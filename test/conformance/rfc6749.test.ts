/** RFC 6749, The OAuth 2.0 Authorization Framework, where it is about the token endpoint. */
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { captureOutput } from '../support/output.ts';
import { basic, bodyOf, TOKEN_LIFETIME } from '../support/token-service.ts';
import { createEndpoints, type Endpoints, expectError, formOf } from './endpoints.ts';

let oauth: Endpoints;
let client: Awaited<ReturnType<Endpoints['client']>>;
captureOutput();

beforeAll(async () => {
  oauth = await createEndpoints();
  client = await oauth.client();
});
afterEach(() => {
  oauth.takeOperations();
  Object.assign(oauth.state, { hasKeys: true, behindDoors: false });
  oauth.directoryDoor.misbehave(() => undefined);
});
afterAll(() => oauth.close());

const byBasic = () => basic(client.clientId, client.clientSecret);
const GRANT = { grant_type: 'client_credentials' };
const ask = (
  parameters: Parameters<typeof formOf>[0],
  headers: Record<string, string> = byBasic(),
): Promise<Awaited<ReturnType<Endpoints['token']>>> => oauth.token(formOf(parameters, headers));
const granted = async (parameters: Parameters<typeof formOf>[0], headers?: Record<string, string>) => {
  const response = await ask(parameters, headers);
  expect(response.statusCode).toBe(200);
  return bodyOf(response);
};
const errorOf = async (parameters: Parameters<typeof formOf>[0], headers?: Record<string, string>) =>
  expectError(await ask(parameters, headers));

describe('§2.2 client identifier', () => {
  it('alone authenticates no service', async () => {
    const response = await ask({ ...GRANT, client_id: client.clientId }, {});
    expect(expectError(response, 401)).toBe('invalid_client');
  });
});

describe('§2.3.1 client password', () => {
  it('in the request URI does not count', async () => {
    const query = { client_id: client.clientId, client_secret: client.clientSecret };
    const response = await oauth.token({ ...formOf(GRANT), query });
    expect(expectError(response, 401)).toBe('invalid_client');
  });
});

describe('§3.2 token endpoint', () => {
  it('parameters sent without a value are treated as omitted', async () => {
    const empty = { scope: '', resource: '', client_assertion: '', client_assertion_type: '' };
    expect(await granted({ ...GRANT, ...empty })).toMatchObject({ scope: 'read:products read:usage' });
    expect(await errorOf({ grant_type: '' })).toBe('invalid_request');
  });

  it('a parameter without a value and without = is omitted too', async () => {
    expect(await granted('grant_type=client_credentials&scope')).toMatchObject({ token_type: 'Bearer' });
    expect(await errorOf('grant_type')).toBe('invalid_request');
  });

  it('unrecognized parameters are ignored, whatever is in them', async () => {
    const unknown = { foo: 'bar', redirect_uri: 'https://e.vil', code: '\0', __proto__x: '{}', '': 'x' };
    const { scope } = await granted({ ...GRANT, ...unknown, constructor: 'x', toString: 'x' });
    expect(scope).toBe('read:products read:usage');
  });

  it('claims and lifetimes cannot be asked for: what POST /auth takes is unrecognized here', async () => {
    const body = await granted({ ...GRANT, claims: '{"userID":"1"}', expiresIn: '5', expires_in: '5' });
    expect(body.expires_in).toBe(TOKEN_LIFETIME);
    expect(decodeJwt(String(body.access_token))).not.toHaveProperty('userID');
  });

  it.each([
    'grant_type=client_credentials&grant_type=client_credentials',
    'grant_type=client_credentials&scope=read:usage&scope=read:usage',
    'grant_type=client_credentials&scope=&scope=read:usage',
    'grant_type=client_credentials&%73cope=read:usage&scope=read:products',
    'grant_type=client_credentials&foo=1&foo=2',
  ])('a parameter that is included twice is refused: %s', async (form) => {
    expect(await errorOf(form)).toBe('invalid_request');
    expect(oauth.takeOperations()).toEqual([]);
  });

  it('parameters in the request URI do not count', async () => {
    const response = await oauth.token({ ...formOf('', byBasic()), query: GRANT });
    expect(expectError(response)).toBe('invalid_request');
    const widened = await oauth.token({ ...formOf(GRANT, byBasic()), query: { scope: 'read:usage' } });
    expect(bodyOf(widened)).toMatchObject({ scope: 'read:products read:usage' });
  });
});

describe('§3.3 access token scope', () => {
  it('is case-sensitive', async () => {
    expect(await errorOf({ ...GRANT, scope: 'Read:Products' })).toBe('invalid_scope');
  });

  it('means the same in any order', async () => {
    const { scope } = await granted({ ...GRANT, scope: 'read:usage read:products' });
    expect(String(scope).split(' ').sort()).toEqual(['read:products', 'read:usage']);
  });

  it('is told, and is what the token says', async () => {
    const body = await granted({ ...GRANT, scope: 'read:usage' });
    expect(body.scope).toBe('read:usage');
    expect(decodeJwt(String(body.access_token)).scope).toBe('read:usage');
  });

  it('is all that the client has where it asks for none, and that is told', async () => {
    expect(await granted(GRANT)).toMatchObject({ scope: 'read:products read:usage' });
  });

  it.each([' ', 'read:usage ', ' read:usage', 'read:usage  read:products', 'read:usage\tread:products'])(
    'has one space between names: %j',
    async (scope) => expect(await errorOf({ ...GRANT, scope })).toBe('invalid_scope'),
  );

  it.each(['a"b', 'a\\b', 'ä', 'a\u007f', 'a\0', 'a\r\nset-cookie: x', '\u2028'])(
    'has printable ASCII without quotes and backslashes: %j',
    async (scope) => expect(await errorOf({ ...GRANT, scope })).toBe('invalid_scope'),
  );

  it.each(['write:products', 'read:users', 'no:such', 'openid', 'read:products write:products'])(
    'is refused where the client has not all of it: %s',
    async (scope) => expect(await errorOf({ ...GRANT, scope })).toBe('invalid_scope'),
  );
});

describe('§4.4 client credentials grant', () => {
  it('is for authenticated clients only', async () => {
    expect(expectError(await ask(GRANT, {}), 401)).toBe('invalid_client');
    expect(oauth.takeOperations()).toEqual([]);
  });

  it('includes no refresh token', async () => {
    expect(await granted(GRANT)).not.toHaveProperty('refresh_token');
  });
});

describe('§5.1 successful response', () => {
  it('has the registered members, as strings and numbers', async () => {
    const body = await granted(GRANT);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME,
      scope: 'read:products read:usage',
      transaction_id: expect.any(String),
    });
  });

  it('is JSON that no cache may keep', async () => {
    const { headers } = await ask(GRANT);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    });
  });
});

describe('§5.2 error response', () => {
  it.each([
    ['no grant_type', ''],
    ['a broken escape', 'grant_type=client_credentials&x=%zz'],
    ['bytes that are no UTF-8', Uint8Array.from([...Buffer.from('grant_type='), 0xff, 0xfe])],
    ['an overlong encoding', 'grant_type=client_credentials%c0%af'],
  ])('invalid_request for %s', async (_, form) => {
    expect(await errorOf(form)).toBe('invalid_request');
  });

  it.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded-not',
    'application/x-www-form-urlencoded, application/x-www-form-urlencoded',
    '',
  ])('invalid_request for the content-type %j', async (type) => {
    expect(await errorOf(GRANT, { ...byBasic(), 'content-type': type })).toBe('invalid_request');
  });

  it.each([
    'application/x-www-form-urlencoded;charset=UTF-8',
    'application/x-www-form-urlencoded; charset=utf-8',
    'Application/X-WWW-Form-URLEncoded ; charset="UTF-8"',
  ])('none for the content-type %s', async (type) => {
    await granted(GRANT, { ...byBasic(), 'content-type': type });
  });

  it('413 invalid_request for a body over 16 kB, which is not read', async () => {
    const response = await ask({ ...GRANT, scope: 'x'.repeat(17_000) });
    expect(expectError(response, 413)).toBe('invalid_request');
    expect(oauth.takeOperations()).toEqual([]);
  });

  it('invalid_client with 401 and a challenge of the scheme that was used', async () => {
    const response = await ask(GRANT, basic(client.clientId, 'not-the-secret'));
    expect(expectError(response, 401)).toBe('invalid_client');
    expect(response.headers?.['www-authenticate']).toBe('Basic realm="tollgate", charset="UTF-8"');
  });

  it('invalid_client for a scheme that is none of ours', async () => {
    for (const authorization of ['Bearer abc', 'Digest username="x"', 'Negotiate', 'DPoP x', 'Basic']) {
      const response = await ask(GRANT, { authorization });
      expect(expectError(response, 401)).toBe('invalid_client');
      expect(response.headers?.['www-authenticate']).toMatch(/^Basic /);
    }
  });

  it('unauthorized_client for a grant that the client may not use', async () => {
    const { clientId, clientSecret } = await oauth.client({ grantTypes: ['refresh_token'] });
    expect(await errorOf(GRANT, basic(clientId, clientSecret))).toBe('unauthorized_client');
  });

  it.each([
    'password',
    'authorization_code',
    'implicit',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:saml2-bearer',
    'Client_Credentials',
    'client_credentials ',
    'client_credentials\0',
    'constructor',
    '__proto__',
    'a"b\\c\r\nx: y',
  ])('unsupported_grant_type for %j', async (grant_type) => {
    expect(await errorOf({ grant_type })).toBe('unsupported_grant_type');
  });

  it('429 for guesses, and 503 where nothing can be decided, are errors like the others', async () => {
    const { clientId } = await oauth.client();
    const guess = () => ask(GRANT, basic(clientId, 'a-guess'));
    for (let i = 0; i < 5; i++) expect(expectError(await guess(), 401)).toBe('invalid_client');
    const locked = await guess();
    expect(expectError(locked, 429)).toBe('too_many_attempts');
    expect(locked.headers).toMatchObject({ 'retry-after': '1' });
    oauth.state.hasKeys = false;
    const unsigned = await ask(GRANT);
    expect(expectError(unsigned, 503)).toBe('temporarily_unavailable');
    expect(unsigned.headers).toMatchObject({ 'retry-after': '1' });
    Object.assign(oauth.state, { hasKeys: true, behindDoors: true });
    oauth.directoryDoor.misbehave(() => 'failing');
    expect(expectError(await ask(GRANT), 503)).toBe('temporarily_unavailable');
  });
});
