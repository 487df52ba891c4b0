/** Wires `POST /admin/leaks` to the directory, the ledger and what is published. */
import { randomUUID } from 'node:crypto';
import { verifySecret } from '../../crypto/credentials.ts';
import { publishedKeys } from '../../crypto/published-keys.ts';
import { refreshTokens } from '../../crypto/refresh-tokens.ts';
import { secretsManagerClient } from '../../crypto/secrets-manager.ts';
import { signedTokens } from '../../crypto/signed-tokens.ts';
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { auditWriter } from '../../store/audit.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { leakedCredentials } from '../../store/leaked-credentials.ts';
import { lineageReader } from '../../store/lineage.ts';
import { refreshFamilies } from '../../store/refresh-families.ts';
import { revocationWriter } from '../../store/revocations.ts';
import { leaksHandler } from './handler.ts';

const env = readEnv(['ISSUER', 'DIRECTORY_TABLE', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET']);
const clock = Date.now;
const client = documentClient();
const directory = { client, table: env.DIRECTORY_TABLE };
const ledger = { client, table: env.LEDGER_TABLE };
const keys = publishedKeys({ client: secretsManagerClient(), secretId: env.PUBLISHED_KEYS_SECRET, clock });

export const handler: Handler = leaksHandler({
  credentials: leakedCredentials(directory, randomUUID),
  matches: verifySecret,
  families: refreshFamilies(directory),
  tokens: refreshTokens,
  verify: signedTokens({ keys, issuer: env.ISSUER }),
  ledger: revocationWriter(ledger),
  lineage: lineageReader(ledger),
  clock,
  log: createLog('leaks'),
  audit: auditWriter(ledger),
});
