import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openApiHandler } from '../../lambdas/functions/openapi/handler.ts';
import type { Request, Response } from '../../lambdas/http/event.ts';
import { ADDRESS } from '../../lambdas/openapi/address.ts';
import { buildSite } from '../../lambdas/openapi/site.ts';

const ISSUER = 'https://api.example.org';
const site = buildSite();
const handler = openApiHandler(site, ISSUER);

const ask = (routeKey: string, headers: Record<string, string> = {}, file?: string): Promise<Response> =>
  handler({
    routeKey,
    headers,
    ...(file !== undefined && { pathParameters: { file } }),
  } as unknown as Request);

const textOf = ({ body = '', isBase64Encoded }: Response): string =>
  isBase64Encoded === true ? gunzipSync(Buffer.from(body, 'base64')).toString() : body;

describe('GET /openapi.json', () => {
  it('200: the document of this deployment', async () => {
    const answer = await ask('GET /openapi.json');
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/openapi+json', 'cache-control': 'public, max-age=300' },
    });
    expect(JSON.parse(textOf(answer))).toMatchObject({ servers: [{ url: ISSUER }] });
    expect(textOf(answer)).not.toContain(ADDRESS);
  });

  it.each(['gzip', 'br, gzip', 'GZIP;q=0.5', 'gzip ; q=1'])('200: compressed for %s', async (codings) => {
    const answer = await ask('GET /openapi.json', { 'accept-encoding': codings });
    expect(answer).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } });
    expect(textOf(answer)).toBe(textOf(await ask('GET /openapi.json')));
  });

  it.each(['', 'br', 'identity', 'gzip;q=0', 'gzip;q=0.0', 'xgzip'])(
    '200: as it is for %j',
    async (codings) => {
      const answer = await ask('GET /openapi.json', { 'accept-encoding': codings });
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(answer.headers).toMatchObject({ vary: 'accept-encoding' });
    },
  );

  it('304 where it is what the caller has', async () => {
    const { headers } = await ask('GET /openapi.json');
    const etag = String(headers?.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask('GET /openapi.json', { 'if-none-match': known });
      expect(again).toMatchObject({ statusCode: 304, headers: { etag } });
      expect(again.body).toBeUndefined();
    }
    expect(await ask('GET /openapi.json', { 'if-none-match': '"other"' })).toMatchObject({ statusCode: 200 });
  });

  it('is another one at another address', async () => {
    const other = openApiHandler(site, 'https://other.example.org');
    const { headers } = await other({ routeKey: 'GET /openapi.json', headers: {} } as unknown as Request);
    expect(headers?.etag).not.toBe((await ask('GET /openapi.json')).headers?.etag);
  });
});

describe('GET /docs', () => {
  it('200: a page that loads from here alone, and calls this API alone', async () => {
    const page = await ask('GET /docs');
    expect(page).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${ISSUER}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
        'x-content-type-options': 'nosniff',
      },
    });
    expect(textOf(page)).not.toMatch(/https?:|<script>|<style|style=|\son\w+=|\{\{/);
  });

  it('names every file that there is, and no other', async () => {
    const named = [...textOf(await ask('GET /docs')).matchAll(/"docs\/([^"]+)"/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(site.files).sort());
  });
});

describe('GET /docs/{file}', () => {
  it.each(Object.keys(site.files))('200: %s, for ever', async (file) => {
    const answer = await ask('GET /docs/{file}', { 'accept-encoding': 'gzip' }, file);
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': file.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
    // Lambda's answers have 6 MB at most.
    expect(answer.body?.length).toBeLessThan(1_000_000);
    expect(textOf(answer)).not.toContain('sourceMappingURL');
  });

  it('404 for any other name', async () => {
    const notThere = fc.string().filter((name) => !Object.hasOwn(site.files, name));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(notThere, fc.constantFrom('../index.mjs', 'site.json', '__proto__', 'constructor')),
        async (file) => {
          expect(await ask('GET /docs/{file}', {}, file)).toMatchObject({ statusCode: 404 });
        },
      ),
    );
  });
});
