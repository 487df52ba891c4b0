/** What the function serves, built while it is bundled: the document, the page, and the files that the page names. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { ADDRESS } from './address.ts';
import { openApiDocument } from './document.ts';

export interface Site {
  /** JSON, with {@link ADDRESS} in the place of the issuer. */
  document: string;
  /** HTML. */
  page: string;
  /** By names that have their hash, so that each may be kept for ever; `gzip` is base64. */
  files: Record<string, { type: string; gzip: string }>;
}

const require = createRequire(import.meta.url);
const swaggerUi = require.resolve('swagger-ui-dist/package.json');
const own = (name: string) => new URL(`page/${name}`, import.meta.url);
const theirs = (name: string) => new URL(name, `file://${swaggerUi}`);

const SOURCES: readonly (readonly [name: string, file: URL])[] = [
  ['page.css', own('page.css')],
  ['page.js', own('page.js')],
  ['swagger-ui.css', theirs('swagger-ui.css')],
  ['swagger-ui-bundle.js', theirs('swagger-ui-bundle.js')],
];

export function buildSite(): Site {
  const built = SOURCES.map(([name, file]) => ({ name, ...fileOf(name, readFileSync(file)) }));
  const template = readFileSync(own('page.html'), 'utf8');
  return {
    document: JSON.stringify(openApiDocument(ADDRESS)),
    page: built.reduce((page, { name, hashed }) => page.replaceAll(`{{${name}}}`, hashed), template),
    files: Object.fromEntries(built.map(({ hashed, type, gzip }) => [hashed, { type, gzip }])),
  };
}

function fileOf(name: string, content: Buffer) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  const hashed = name.replace(/\.(\w+)$/, `.${hash}.$1`);
  return { hashed, type, gzip: gzipSync(withoutSourceMap(content), { level: 9 }).toString('base64') };
}

/** A map that is not there would be asked for by whoever opens the browser's tools. */
const withoutSourceMap = (content: Buffer): string =>
  content
    .toString('utf8')
    .replace(/\n?(?:\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ ?\*\/)\s*$/, '\n');
