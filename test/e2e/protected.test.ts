import { beforeAll, describe, expect, it } from 'vitest';
import { alice, bearer, call, json, login, loginAsAlice, reader, tampered, writer } from './support.ts';

let readerToken: string;
let writerToken: string;
let aliceToken: string;
beforeAll(async () => {
  [readerToken, writerToken, aliceToken] = await Promise.all([
    login(reader.apiKey),
    login(writer.apiKey),
    loginAsAlice(),
  ]);
});

describe('GET /protected-resource', () => {
  it('200: says who is calling, and nothing of the token itself', async () => {
    const answer = await call('GET /protected-resource', { headers: bearer(readerToken) });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ sub: reader.clientId, client_id: reader.clientId });
    expect(answer.text).not.toContain(readerToken);
  });
});

describe('GET /products/{name}', () => {
  it('200 with read:products', async () => {
    const answer = await call('GET /products/lamp', { headers: bearer(readerToken) });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ name: 'lamp' });
  });

  it('403 from the gateway without it', async () => {
    const narrow = await login(reader.apiKey, { scope: 'read:usage' });
    const answer = await call('GET /products/lamp', { headers: bearer(narrow) });
    expect(answer.status).toBe(403);
    expect(answer.json()).toEqual({ message: 'Forbidden' });
  });

  it('401 with a scope that was added after signing', async () => {
    const narrow = await login(reader.apiKey, { scope: 'read:usage' });
    const answer = await call('GET /products/lamp', {
      headers: bearer(tampered(narrow, { scope: 'read:products' })),
    });
    expect(answer.status).toBe(401);
  });

  it('404 for a product that there is not, as problem details', async () => {
    const answer = await call('GET /products/unicorn', { headers: bearer(readerToken) });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 404, code: 'product_not_found' });
  });
});

describe('POST /products', () => {
  const body = '{"name": "sofa", "price": 49900}';

  it('201 with write:products', async () => {
    const answer = await call('POST /products', { headers: { ...bearer(writerToken), ...json }, body });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/products/sofa');
  });

  it('400 for what is no product', async () => {
    const answer = await call('POST /products', { headers: { ...bearer(writerToken), ...json }, body: '{}' });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_product' });
  });

  it('403 from the gateway with read:products alone', async () => {
    const answer = await call('POST /products', { headers: { ...bearer(readerToken), ...json }, body });
    expect(answer.status).toBe(403);
  });
});

describe('GET /users/{userId}/profile', () => {
  it('200 for the own id', async () => {
    const answer = await call(`GET /users/${alice.clientId}/profile`, { headers: bearer(aliceToken) });
    expect(answer.status).toBe(200);
  });

  it('403 for another id, with a code and a challenge that names the scope', async () => {
    const answer = await call('GET /users/bob/profile', { headers: bearer(aliceToken) });
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ status: 403, code: 'not_the_owner' });
    expect(answer.headers.get('www-authenticate')).toContain('scope="read:users"');
  });

  it.each(['ALICE', 'alice%20', '%61lice%00', '..%2Falice'])(
    '403 for %s, which only looks like the own id',
    async (id) => {
      const answer = await call(`GET /users/${id}/profile`, { headers: bearer(aliceToken) });
      expect([400, 403, 404]).toContain(answer.status);
    },
  );
});
