/** The wiring of trusted issuers' tokens, for the index of every function that takes them. */
import { foreignTokens } from '../crypto/foreign-tokens.ts';
import { remoteJwks } from '../crypto/remote-jwks.ts';
import type { Clock, ForeignTokens } from '../domain/ports.ts';
import type { Log } from '../http/log.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { trustReader } from '../store/trusted-issuers.ts';

export interface ForeignTokensWiring {
  directory: TableAccess;
  /** This deployment's own issuer. */
  issuer: string;
  clock: Clock;
  log: Log;
}

export const wireForeignTokens = ({
  directory,
  issuer: own,
  clock,
  log,
}: ForeignTokensWiring): ForeignTokens =>
  foreignTokens({
    issuers: trustReader(directory),
    keySets: remoteJwks({
      own,
      clock,
      onFailure: (issuer, reason) =>
        log.warn('the keys of a trusted issuer could not be fetched', { issuer, reason }),
    }),
    own,
  });
