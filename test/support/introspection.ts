/** Introspection over the tables and the key of a {@link TokenService}. */
import { ownTokens } from '../../lambdas/crypto/own-tokens.ts';
import { refreshTokens } from '../../lambdas/crypto/refresh-tokens.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { introspectHandler } from '../../lambdas/functions/introspect/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { directory } from '../../lambdas/store/directory.ts';
import { revocationReader } from '../../lambdas/store/ledger.ts';
import { refreshFamilies } from '../../lambdas/store/refresh-families.ts';
import { type EventOptions, requestEvent } from './event.ts';
import { AUDIENCE, ISSUER, type TokenService } from './token-service.ts';

type Tables = Pick<
  TokenService,
  'access' | 'authenticate' | 'clock' | 'directoryTable' | 'jwks' | 'ledgerTable' | 'state'
>;

/** @returns what answers `POST /oauth2/introspect` */
export const introspection =
  ({ access, authenticate, clock, directoryTable, jwks, ledgerTable, state }: Tables) =>
  (options: EventOptions = {}): Promise<Response> => {
    const revocations = revocationReader(access(ledgerTable));
    return introspectHandler({
      authenticate: authenticate(),
      tokens: ownTokens({
        keys: {
          jwks: async () => {
            if (!state.hasKeys) throw new StoreUnavailable('no key is published yet');
            return jwks;
          },
        },
        revocations,
        issuer: ISSUER,
        audience: AUDIENCE,
      }),
      directory: directory(access(directoryTable)),
      families: refreshFamilies(access(directoryTable)),
      refreshTokens,
      revocations,
      clock,
      roles: async () => ({ resource: ['introspect:tokens'] }),
      log: createLog('introspect'),
    })(requestEvent('POST /oauth2/introspect', { at: clock(), ...options }));
  };
