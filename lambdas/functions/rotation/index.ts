import { setTimeout } from 'node:timers/promises';
import { createKey } from '../../crypto/create-key.ts';
import { publishedDocument, ringDocument } from '../../crypto/key-documents.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import type { RingSummary } from '../../domain/ring-summary.ts';
import { readEnv } from '../../env.ts';
import { createLog } from '../../http/log.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { revocationWriter } from '../../store/revocations.ts';
import { rotationHandler } from './handler.ts';

const env = readEnv(['KEY_RING_SECRET', 'PUBLISHED_KEYS_SECRET', 'LEDGER_TABLE', 'KEY_ROTATION_DAYS']);
const secrets = { client: secretsManagerClient(), pause: setTimeout };

export const handler: (event: unknown) => Promise<RingSummary> = rotationHandler(
  {
    ring: ringDocument({ ...secrets, secretId: env.KEY_RING_SECRET }),
    published: publishedDocument({ ...secrets, secretId: env.PUBLISHED_KEYS_SECRET }),
    revocations: revocationWriter({ client: documentClient(), table: env.LEDGER_TABLE }),
    createKey,
    clock: Date.now,
    log: createLog('rotation'),
  },
  { rotation: env.KEY_ROTATION_DAYS * 24 * 3600 * 1000 },
);
