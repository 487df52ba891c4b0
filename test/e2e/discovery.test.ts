import { describe, expect, it } from 'vitest';
import { call, url } from './support.ts';

describe('discovery', () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    it(`GET /.well-known/${name} names this issuer and its keys, to anyone`, async () => {
      const answer = await call(`GET /.well-known/${name}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toMatch(/max-age=\d+/);
      const { issuer, jwks_uri } = answer.json();
      expect(jwks_uri).toBe(`${issuer}/.well-known/jwks.json`);
    });
  }

  it('GET /.well-known/jwks.json has public RSA keys, each with its kid, and nothing private', async () => {
    const answer = await call('GET /.well-known/jwks.json');
    const { keys } = answer.json() as { keys: Record<string, unknown>[] };
    expect(answer.status).toBe(200);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'RSA', kid: expect.any(String) });
      expect(Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name))).toEqual([]);
    }
  });

  it('answers each request with an id of its own', async () => {
    const ids = await Promise.all([1, 2].map(() => fetch(`${url}/.well-known/jwks.json`)));
    const [one, other] = ids.map(({ headers }) => headers.get('apigw-requestid'));
    expect(one).toBeTruthy();
    expect(one).not.toBe(other);
  });
});
