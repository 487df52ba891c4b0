/** `GET /usage/tokens/{jti}`, `/usage/credentials/{credentialId}` and `/usage/transactions/{txn}`. */
import { MAX_CALLS_READ } from '../../domain/ledger/lineage.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import { internalError, ledgerUnavailable } from '../../http/refusals.ts';
import type { LineagePorts, ReadLimits, Route } from './ports.ts';
import { tokenLineage } from './token.ts';
import { tokensOfCredential, tokensOfTransaction } from './tokens.ts';

const ROUTES = new Map<string, Route>([
  ['GET /usage/tokens/{jti}', tokenLineage],
  ['GET /usage/credentials/{credentialId}', tokensOfCredential],
  ['GET /usage/transactions/{txn}', tokensOfTransaction],
]);

/** What is done well within the ten seconds that a function has. */
const LIMITS: ReadLimits = { calls: MAX_CALLS_READ, hours: 250, tokens: 10_000 };

/**
 * @returns the handler: 200 with where a token came from, what it did and what that cost, or with the tokens of a
 *   credential or a transaction; 400 `unknown_parameter`, `invalid_limit` or `invalid_cursor`; 404 `not_found`, also
 *   for what belongs to others; 503 `ledger_unavailable`
 */
export const lineageHandler =
  (ports: LineagePorts, limits: ReadLimits = LIMITS): ProtectedHandler =>
  async (request, caller) => {
    const { routeKey, requestId } = request.requestContext;
    const route = ROUTES.get(routeKey);
    if (route === undefined) return internalError();
    try {
      return await route(ports, limits, request, caller);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      ports.log.error('lineage not read', { requestId, route: routeKey, txn: caller.txn, error });
      return ledgerUnavailable();
    }
  };
