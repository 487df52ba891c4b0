/** Wires `/admin/revocations` to the ledger and to what is published. */
import { publishedKeys } from '../../crypto/published-keys.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { revocationReader, revocationWriter } from '../../store/revocations.ts';
import { revocationsHandler } from './handler.ts';

const env = readEnv(['LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET']);
const clock = Date.now;
const ledger = { client: documentClient(), table: env.LEDGER_TABLE };

export const handler: Handler = revocationsHandler({
  revocations: { ...revocationReader(ledger), ...revocationWriter(ledger) },
  keys: publishedKeys({ client: secretsManagerClient(), secretId: env.PUBLISHED_KEYS_SECRET, clock }),
  clock,
  log: createLog('revocations'),
  audit: auditWriter(ledger),
});
