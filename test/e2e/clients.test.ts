import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { itUnless } from './differences.ts';
import { operate, signed } from './operator.ts';
import { basic, bearer, call, json, login, operator, reader } from './support.ts';

describe('POST /admin/clients', () => {
  const body = '{"client_name": "intruder", "scope": "read:users"}';

  it.each([
    ['nobody', {}],
    ['an API key', { 'x-api-key': reader.apiKey }],
    [
      'a made-up signature',
      {
        authorization:
          'AWS4-HMAC-SHA256 Credential=made-up/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
        'x-amz-date': '20260101T000000Z',
      },
    ],
  ] as [string, Record<string, string>][])('403 for %s', async (_, headers) => {
    const answer = await call('POST /admin/clients', { headers: { ...headers, ...json }, body });
    expect(answer.status).toBe(403);
  });

  it('403 for a token, whatever its scopes', async () => {
    const headers = { ...bearer(await login(reader.apiKey)), ...json };
    expect((await call('POST /admin/clients', { headers, body })).status).toBe(403);
  });

  // Whoever runs these tests against a deployment need not be one who may operate it.
  describe.runIf(operator !== undefined)('with the signature of an operator', () => {
    const create = (request: Record<string, unknown>) => operate('POST /admin/clients', request);

    it('201: a client that can log in with what it was given, and 409 for its id from then on', async () => {
      const request = { client_id: `e2e-${randomUUID()}`, client_name: 'e2e', scope: 'read:products' };
      const created = await create(request);
      expect(created.status).toBe(201);
      expect(created.headers.get('cache-control')).toBe('no-store');
      const { api_key: apiKey, client_secret: secret } = created.json();
      const token = await login(String(apiKey));
      expect((await call('GET /products/lamp', { headers: bearer(token) })).status).toBe(200);
      const byBasic = await call('POST /auth', { headers: basic(request.client_id, String(secret)) });
      expect(byBasic.json()).toMatchObject({ scope: 'read:products' });
      const again = await create(request);
      expect(again.status).toBe(409);
      expect(again.json()).toMatchObject({ code: 'client_exists' });
    });

    it('400 for a scope that there is not', async () => {
      const answer = await create({ client_name: 'e2e', scope: 'read:everything' });
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'unknown_scope' });
    });

    itUnless('any-signature-will-do', '403 for a body that was changed after signing', async () => {
      const headers = await signed('POST /admin/clients', '{"client_name": "e2e"}');
      expect((await call('POST /admin/clients', { headers, body })).status).toBe(403);
    });
  });
});
