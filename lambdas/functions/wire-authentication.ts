/** The wiring of client authentication, for the index of every function behind a token endpoint. */
import { verifyPassword, verifySecret } from '../crypto/credentials.ts';
import type { Clock } from '../domain/ports.ts';
import type { Log } from '../http/log.ts';
import { directory } from '../store/directory.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { type Authenticate, authenticator } from './authenticate.ts';

export interface AuthenticationWiring {
  directory: TableAccess;
  clock: Clock;
  log: Log;
}

export const wireAuthentication = ({ directory: table, clock, log }: AuthenticationWiring): Authenticate =>
  authenticator({ directory: directory(table), verifySecret, verifyPassword, clock, log });
