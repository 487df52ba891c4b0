/** Wires the statements to the directory, the closed hours of the ledger and the key ring. */
import { readEnv } from '../../env.ts';
import type { Handler } from '../../http/event.ts';
import { createLog } from '../../http/log.ts';
import { chain, lateHours } from '../../store/closings.ts';
import { clientReader } from '../../store/directory.ts';
import { documentClient } from '../../store/dynamodb.ts';
import { rollupReader } from '../../store/rollups.ts';
import { wireAssertions, wireAuthentication } from '../wire-authentication.ts';
import { wireStatementSigning } from '../wire-signing.ts';
import { statementsHandler } from './handler.ts';

const env = readEnv(['ISSUER', 'DIRECTORY_TABLE', 'LEDGER_TABLE', 'KEY_RING_SECRET']);
const clock = Date.now;
const log = createLog('statements');
const client = documentClient();
const directory = { client, table: env.DIRECTORY_TABLE };
const ledger = { client, table: env.LEDGER_TABLE };

export const handler: Handler = statementsHandler({
  authenticate: wireAuthentication({
    directory,
    assertions: wireAssertions(directory, env.ISSUER),
    clock,
    log,
  }),
  clients: clientReader(directory),
  rollups: rollupReader(ledger),
  chain: chain(ledger),
  late: lateHours(ledger),
  sign: wireStatementSigning(env.KEY_RING_SECRET, clock),
  issuer: env.ISSUER,
  clock,
  log,
});
