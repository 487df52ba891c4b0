/**
 * `GET /usage/tokens/{jti}`, `/usage/credentials/{credentialId}` and `/usage/transactions/{txn}`; and the same below
 * `/admin/usage`, for operators.
 */
import { MAX_CALLS_READ } from '../../domain/ledger/lineage.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import type { Handler } from '../../http/event.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import { type OperatorRequest, operatorRoutes } from '../../http/operator.ts';
import { internalError, ledgerUnavailable } from '../../http/refusals.ts';
import type { LineagePorts, ReadLimits, Route } from './ports.ts';
import { tokenLineage } from './token.ts';
import { tokensOfCredential, tokensOfTransaction } from './tokens.ts';

/** By what follows the part of the path that says for whom they are. */
const ROUTES: readonly (readonly [string, Route])[] = [
  ['/tokens/{jti}', tokenLineage],
  ['/credentials/{credentialId}', tokensOfCredential],
  ['/transactions/{txn}', tokensOfTransaction],
];

/** What is done well within the ten seconds that a function has. */
const LIMITS: ReadLimits = { calls: MAX_CALLS_READ, hours: 250, tokens: 10_000 };

/**
 * @returns the handler: 200 with where a token came from, what it did and what that cost, or with the tokens of a
 *   credential or a transaction; 400 `unknown_parameter`, `invalid_limit` or `invalid_cursor`; 404 `not_found`, also
 *   for what belongs to others; 503 `ledger_unavailable`
 */
export const lineageHandler = (ports: LineagePorts, limits: ReadLimits = LIMITS): ProtectedHandler => {
  const routes = new Map(ROUTES.map(([path, route]) => [`GET /usage${path}`, route]));
  return async (request, { sub, clientId, scopes, txn }) => {
    const { routeKey, requestId } = request.requestContext;
    const route = routes.get(routeKey);
    if (route === undefined) return internalError();
    const viewer = {
      own: { sub, clientId },
      seesAll: scopes.includes('read:usage:all'),
      base: '/usage',
    } as const;
    try {
      return await route(ports, limits, request, viewer);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      ports.log.error('lineage not read', { requestId, route: routeKey, txn, error });
      return ledgerUnavailable();
    }
  };
};

/**
 * @returns the same for operators: they see all, nobody is booked for it, and they say whose credential they mean (400
 *   `client_required`)
 */
export const operatorsLineageHandler = (ports: LineagePorts, limits: ReadLimits = LIMITS): Handler => {
  const viewer = { seesAll: true, base: '/admin/usage' } as const;
  const served = ROUTES.map(([path, route]) => {
    const serve = ({ request }: OperatorRequest) => route(ports, limits, request, viewer);
    return [`GET /admin/usage${path}`, serve] as const;
  });
  return operatorRoutes({ log: ports.log, store: 'ledger' }, Object.fromEntries(served));
};
