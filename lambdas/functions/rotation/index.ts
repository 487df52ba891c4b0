import { setTimeout } from 'node:timers/promises';
import { createKey } from '../../crypto/create-key.ts';
import { publishedDocument, ringDocument } from '../../crypto/key-documents.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { readEnv } from '../../env.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { revocationWriter } from '../../store/revocations.ts';
import { type RotationHandler, rotationHandler } from './handler.ts';

const env = readEnv(['KEY_RING_SECRET', 'PUBLISHED_KEYS_SECRET', 'LEDGER_TABLE', 'KEY_ROTATION_DAYS']);
const ledger = { client: documentClient(), table: env.LEDGER_TABLE };
const secrets = { client: secretsManagerClient(), pause: setTimeout };

export const handler: RotationHandler = rotationHandler(
  {
    ring: ringDocument({ ...secrets, secretId: env.KEY_RING_SECRET }),
    published: publishedDocument({ ...secrets, secretId: env.PUBLISHED_KEYS_SECRET }),
    revocations: revocationWriter(ledger),
    audit: auditWriter(ledger),
    createKey,
    clock: Date.now,
    log: createLog('rotation'),
  },
  { rotation: env.KEY_ROTATION_DAYS * 24 * 3600 * 1000 },
);
