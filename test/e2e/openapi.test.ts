import { describe, expect, it } from 'vitest';
import { call, url } from './support.ts';

describe('GET /openapi.json', () => {
  it('200: this API, at this address', async () => {
    const answer = await call('GET /openapi.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/openapi+json');
    expect(answer.json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
    const { issuer } = (await call('GET /.well-known/openid-configuration')).json();
    expect(answer.json().servers).toMatchObject([{ url: issuer }]);
  });

  it('304 for the copy that one has', async () => {
    const etag = (await call('GET /openapi.json')).headers.get('etag') ?? '';
    const again = await call('GET /openapi.json', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
  });
});

describe('GET /docs', () => {
  it('200: a page, and every file that it names, from this address alone', async () => {
    const page = await call('GET /docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
    const named = [...page.text.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, path]) => path);
    expect(named).toHaveLength(4);
    for (const path of named) {
      const file = await fetch(`${url}/${path}`);
      expect(file.status).toBe(200);
      expect(file.headers.get('cache-control')).toContain('immutable');
      expect((await file.text()).length).toBeGreaterThan(500);
    }
  });

  it('200: uncompressed for whoever takes no gzip', async () => {
    const file = /docs\/page\.[^"]+\.js/.exec((await call('GET /docs')).text)?.[0] ?? '';
    const plain = await call(`GET /${file}`, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.text).toContain('SwaggerUIBundle');
  });

  it.each(['page.js', '..%2f..%2findex.mjs', 'site.json', '__proto__'])('404 for %s', async (file) => {
    expect((await call(`GET /docs/${file}`)).status).toBe(404);
  });
});
