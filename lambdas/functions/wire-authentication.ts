/** The wiring of client authentication, for the index of every function behind a token endpoint. */
import { randomUUID } from 'node:crypto';
import { verifyPassword, verifySecret } from '../crypto/credentials.ts';
import { verifyClientAssertion } from '../crypto/verify-client-assertion.ts';
import type { Clock } from '../domain/ports.ts';
import type { Log } from '../http/log.ts';
import { assertionLog } from '../store/assertions.ts';
import { directory } from '../store/directory.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { type Authenticate, authenticator } from './authenticate.ts';

export interface AuthenticationWiring {
  directory: TableAccess;
  /** Whom assertions have to be meant for; a function without it takes none. */
  issuer?: string;
  clock: Clock;
  log: Log;
}

export const wireAuthentication = ({
  directory: table,
  issuer,
  clock,
  log,
}: AuthenticationWiring): Authenticate =>
  authenticator({
    directory: directory(table),
    verifySecret,
    verifyPassword,
    ...(issuer !== undefined && {
      assertions: { issuer, verify: verifyClientAssertion, used: assertionLog(table, randomUUID) },
    }),
    clock,
    log,
  });
