/** Wires `/admin/issuers` to the directory. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { trustRegistry } from '../../store/trusted-issuers.ts';
import { issuersHandler } from './handler.ts';

const { DIRECTORY_TABLE, ISSUER } = readEnv(['DIRECTORY_TABLE', 'ISSUER']);

export const handler: Handler = issuersHandler(
  {
    registry: trustRegistry({ client: documentClient(), table: DIRECTORY_TABLE }),
    log: createLog('issuers'),
  },
  ISSUER,
);
