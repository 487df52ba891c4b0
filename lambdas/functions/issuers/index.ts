/** Wires `/admin/issuers` to the directory. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { issuersHandler } from './handler.ts';

readEnv(['DIRECTORY_TABLE', 'ISSUER']);

export const handler: Handler = issuersHandler();
