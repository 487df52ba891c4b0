import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { itUnless } from './differences.ts';
import { operate, operated, signed } from './operator.ts';
import { basic, bearer, call, json, login, operator, reader } from './support.ts';

/** Page by page: a deployment may have had many clients before. */
async function isListed(clientId: string): Promise<boolean> {
  for (let cursor = ''; ; ) {
    const page = await operated(`GET /admin/clients?limit=100${cursor}`);
    if ((page.clients as { client_id: string }[]).some(({ client_id: id }) => id === clientId)) return true;
    if (page.next === undefined) return false;
    cursor = `&cursor=${page.next}`;
  }
}

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

    it('is listed, changed with its entity tag, and gone: its tokens are refused, and it is not created again', async () => {
      const request = { client_id: `e2e-${randomUUID()}`, client_name: 'e2e', scope: 'read:products' };
      const key = { 'idempotency-key': randomUUID() };
      const [created, again] = [
        await operate('POST /admin/clients', request, key),
        await operate('POST /admin/clients', request, key),
      ];
      expect([created.status, again.status]).toEqual([201, 201]);
      expect(again.json()).toEqual(created.json());
      const path = `/admin/clients/${request.client_id}`;
      const token = await login(String(created.json().api_key));
      const tag = { 'if-match': created.headers.get('etag') ?? '' };
      expect((await operate(`PATCH ${path}`, { client_name: 'renamed' }, tag)).status).toBe(200);
      expect((await operate(`PATCH ${path}`, { client_name: 'again' }, tag)).status).toBe(412);
      expect((await operate(`GET ${path}`)).json()).toMatchObject({
        client_name: 'renamed',
        state: 'active',
      });
      const { credentials } = await operated(`GET ${path}/credentials`);
      expect(credentials).toHaveLength(2);
      expect(await isListed(request.client_id)).toBe(true);
      expect((await operate(`DELETE ${path}`)).status).toBe(204);
      expect((await call('GET /products/lamp', { headers: bearer(token) })).status).toBe(401);
      expect((await operate(`GET ${path}`)).status).toBe(404);
      expect((await operate('POST /admin/clients', request, key)).status).toBe(409);
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
