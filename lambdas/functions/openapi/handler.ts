/** `GET /openapi.json`, `GET /docs` and `GET /docs/{file}`: the API as a document, and as a page. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Handler, Request, Response } from '../../http/event.ts';
import { problem } from '../../http/respond.ts';
import { ADDRESS } from '../../openapi/address.ts';
import type { Site } from '../../openapi/site.ts';

/** Something that is served; compressed once. */
interface Resource {
  gzip: string;
  etag: string;
  headers: Record<string, string>;
}

/**
 * @param site what was built with the bundle
 * @param issuer the address of this deployment
 * @returns the handler: 200, 304 where the caller has it already, or 404 `not_found`. Whoever takes no gzip gets it as it
 *   is. The page may load and call this API and nothing else.
 */
export function openApiHandler(site: Site, issuer: string): Handler {
  const document = once(() => resource(site.document.replaceAll(ADDRESS, issuer), DOCUMENT));
  const page = once(() => resource(site.page, pageHeaders(issuer)));
  const files = new Map(Object.entries(site.files).map(([name, file]) => [name, fileOf(name, file)]));
  const find = ({ routeKey, pathParameters }: Request): Resource | undefined => {
    if (routeKey === 'GET /openapi.json') return document();
    if (routeKey === 'GET /docs') return page();
    return files.get(pathParameters?.file ?? '');
  };
  return async (request) => {
    const found = find(request);
    return found === undefined ? notFound() : answer(found, request);
  };
}

const NO_SNIFFING = { 'x-content-type-options': 'nosniff' };

const DOCUMENT = {
  'content-type': 'application/openapi+json',
  'cache-control': 'public, max-age=300',
  ...NO_SNIFFING,
};

/** It names files that go with the next deployment, so it is asked for each time. */
const pageHeaders = (issuer: string): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(issuer).origin}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  ...NO_SNIFFING,
});

const fileOf = (name: string, { type, gzip }: Site['files'][string]): Resource => ({
  gzip,
  etag: `"${name}"`,
  headers: { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable', ...NO_SNIFFING },
});

const resource = (text: string, headers: Record<string, string>): Resource => ({
  gzip: gzipSync(text).toString('base64'),
  etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`,
  headers,
});

function answer({ gzip, etag, headers }: Resource, request: Request): Response {
  const common = { ...headers, etag, vary: 'accept-encoding' };
  if (hasAlready(request, etag)) return { statusCode: 304, headers: common };
  if (!takesGzip(request)) {
    return { statusCode: 200, headers: common, body: gunzipSync(Buffer.from(gzip, 'base64')).toString() };
  }
  return {
    statusCode: 200,
    headers: { ...common, 'content-encoding': 'gzip' },
    body: gzip,
    isBase64Encoded: true,
  };
}

/** RFC 9110 §13.1.2: compared weakly. */
const hasAlready = ({ headers }: Request, etag: string): boolean =>
  (headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*');

/** RFC 9110 §12.5.3. */
const takesGzip = ({ headers }: Request): boolean =>
  (headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(coding));

const notFound = (): Response =>
  problem({
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'The page has no such file. Reload it.',
  });

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
