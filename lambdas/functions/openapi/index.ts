/** Wires the document and its page to what was built beside the bundle; see `lambdas/openapi/write.ts`. */
import { readFileSync } from 'node:fs';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import type { Site } from '../../openapi/site.ts';
import { openApiHandler } from './handler.ts';

const { ISSUER } = readEnv(['ISSUER']);
const site = JSON.parse(readFileSync(new URL('site.json', import.meta.url), 'utf8')) as Site;

export const handler: Handler = openApiHandler(site, ISSUER);
