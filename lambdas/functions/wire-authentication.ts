/** The wiring of client authentication, for the index of every function behind a token endpoint. */
import { randomBytes, randomUUID } from 'node:crypto';
import { hashPassword, isCurrentHash, verifyAnyHash, verifySecret } from '../crypto/credentials.ts';
import { verifyClientAssertion } from '../crypto/verify-client-assertion.ts';
import type { Clock } from '../domain/ports.ts';
import type { Log } from '../http/log.ts';
import { assertionLog } from '../store/assertions.ts';
import { directory } from '../store/directory.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { verifiers } from '../store/verifiers.ts';
import { type AssertionPorts, type Authenticate, authenticator } from './authenticate.ts';

export interface AuthenticationWiring {
  directory: TableAccess;
  /** See {@link wireAssertions}; a function without them takes none. */
  assertions?: AssertionPorts;
  clock: Clock;
  log: Log;
}

export const wireAuthentication = ({ directory: table, ...ports }: AuthenticationWiring): Authenticate =>
  authenticator({
    directory: directory(table),
    verifySecret,
    verifyPassword: verifyAnyHash,
    renewal: {
      isCurrent: isCurrentHash,
      hashPassword: (password) => hashPassword(password, randomBytes),
      verifiers: verifiers(table),
    },
    ...ports,
  });

/**
 * What it takes to take client assertions. Apart, so that a function which takes none does not ship it.
 *
 * @param issuer whom assertions have to be meant for
 */
export const wireAssertions = (table: TableAccess, issuer: string): AssertionPorts => ({
  issuer,
  verify: verifyClientAssertion,
  used: assertionLog(table, randomUUID),
});
