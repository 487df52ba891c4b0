import { describe, expect, it } from 'vitest';
import { basic, bearer, call, form, login, reader, writer } from './support.ts';

const ENDPOINTS = ['token', 'revoke', 'introspect'].map((name) => `/oauth2/${name}`);
const credentials = basic(reader.clientId, reader.clientSecret);

describe.each(ENDPOINTS)('%s', (path) => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s is no route: POST only (RFC 6749 §3.2)', async (method) => {
    const query = `?grant_type=client_credentials&client_id=${reader.clientId}&token=x`;
    const answer = await call(`${method} ${path}${query}`, { headers: credentials });
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({ message: 'Not Found' });
  });

  it('refuses what is in the query, in JSON that no cache keeps', async () => {
    const query = '?grant_type=client_credentials&token=x';
    const answer = await call(`POST ${path}${query}`, { headers: { ...credentials, ...form }, body: '' });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: 'invalid_request' });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
  });

  it('asks whoever does not authenticate to do so', async () => {
    const body = 'grant_type=client_credentials&token=x';
    const answer = await call(`POST ${path}`, { headers: form, body });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="tollgate"/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('POST /oauth2/token refuses, by its own errors (RFC 6749 §5.2)', () => {
  const GRANT = 'grant_type=client_credentials';

  it.each([
    ['no grant', 'scope=read:usage', 'invalid_request'],
    ['a grant that there is not', 'grant_type=password&username=a&password=b', 'unsupported_grant_type'],
    ['a parameter twice', `${GRANT}&scope=read:usage&scope=read:usage`, 'invalid_request'],
    ['a broken escape', `${GRANT}&scope=%zz`, 'invalid_request'],
    ['bytes that are no UTF-8', `${GRANT}&scope=%ff`, 'invalid_request'],
    ['a scope that the client has not', `${GRANT}&scope=write:products`, 'invalid_scope'],
    ['a zero byte in a scope', `${GRANT}&scope=read:usage%00`, 'invalid_scope'],
    ['a line break in a scope', `${GRANT}&scope=read:usage%0d%0ax-injected:%20yes`, 'invalid_scope'],
    [
      'a grant that the client may not use',
      'grant_type=refresh_token&refresh_token=x',
      'unauthorized_client',
    ],
  ])('%s', async (_, body, error) => {
    const answer = await call('POST /oauth2/token', { headers: { ...credentials, ...form }, body });
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({ error, error_description: expect.stringMatching(/^[ !#-[\]-~]+$/) });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-injected')).toBeNull();
  });
});

describe('a bearer token', () => {
  it('in a form does not count (RFC 6750 §2.2)', async () => {
    const body = `access_token=${await login(writer.apiKey)}&name=sofa`;
    expect((await call('POST /products', { headers: form, body })).status).toBe(401);
  });

  it('opens no endpoint that asks for client authentication', async () => {
    const headers = { ...bearer(await login(reader.apiKey)), ...form };
    for (const path of ENDPOINTS) {
      const answer = await call(`POST ${path}`, { headers, body: 'grant_type=client_credentials&token=x' });
      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ error: 'invalid_client' });
    }
  });
});
