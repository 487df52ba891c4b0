import { publishedKeys } from '../../crypto/published-keys.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { discoveryHandler } from './handler.ts';

const env = readEnv(['ISSUER', 'PUBLISHED_KEYS_SECRET']);

export const handler: Handler = discoveryHandler(
  {
    keys: publishedKeys({
      client: secretsManagerClient(),
      secretId: env.PUBLISHED_KEYS_SECRET,
      clock: Date.now,
    }),
    log: createLog('discovery'),
  },
  env.ISSUER,
);
