/** Introspection over the tables and the key of a {@link TokenService}. */
import { ownTokens } from '../../lambdas/crypto/own-tokens.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { introspectHandler } from '../../lambdas/functions/introspect/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { revocationReader } from '../../lambdas/store/ledger.ts';
import { type EventOptions, requestEvent } from './event.ts';
import { AUDIENCE, ISSUER, type TokenService } from './token-service.ts';

/** @returns what answers `POST /oauth2/introspect` */
export const introspection =
  ({ access, authenticate, clock, jwks, ledgerTable, state }: TokenService) =>
  (options: EventOptions = {}): Promise<Response> =>
    introspectHandler(
      {
        authenticate: authenticate(),
        tokens: ownTokens({
          keys: {
            jwks: async () => {
              if (!state.hasKeys) throw new StoreUnavailable('no key is published yet');
              return jwks;
            },
          },
          revocations: revocationReader(access(ledgerTable)),
          issuer: ISSUER,
          audience: AUDIENCE,
        }),
        clock,
        log: createLog('introspect'),
      },
      { roles: { resource: ['introspect:tokens'] } },
    )(requestEvent('POST /oauth2/introspect', { at: clock(), ...options }));
