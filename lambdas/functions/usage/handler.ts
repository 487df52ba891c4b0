/** `GET /usage` and `GET /admin/usage`: who called what, and what it cost. */
import type { Caller } from '../../domain/access.ts';
import type { Whose } from '../../domain/ledger/grouping.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import type { Handler } from '../../http/event.ts';
import type { ProtectedHandler } from '../../http/guard.ts';
import { operatorRoute } from '../../http/operator.ts';
import { accessRefused } from '../../http/refusals.ts';
import type { ScopeName } from '../../routes.ts';
import { answerReport, tryAgain, type UsagePorts } from './answer.ts';

/**
 * @returns the handler of `GET /usage`, by default of the caller's own calls: what {@link answerReport} answers, 403
 *   `insufficient_scope`, or 503 `ledger_unavailable` with `Retry-After`
 */
export const usageHandler =
  (ports: UsagePorts): ProtectedHandler =>
  async (request, caller) => {
    const viewer = {
      usual: { of: 'user', sub: caller.sub },
      refusalOf: (whose: Whose) => (maySee(caller, whose) ? undefined : ofOthers()),
    } as const;
    try {
      return await answerReport(ports, request, viewer);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const { requestId } = request.requestContext;
      ports.log.error('usage not read', { requestId, txn: caller.txn, error });
      return tryAgain('ledger_unavailable', 'The ledger did not answer.', 1);
    }
  };

/**
 * @returns the handler of `GET /admin/usage`, by default of everyone's calls: nobody is booked for it, and nothing is
 *   refused. It answers what {@link answerReport} does, or 503 `ledger_unavailable` with `Retry-After`
 */
export const operatorsUsageHandler = (ports: UsagePorts): Handler =>
  operatorRoute({ log: ports.log, store: 'ledger' }, ({ request }) =>
    answerReport(ports, request, { usual: { of: 'everyone' }, refusalOf: () => undefined }),
  );

const OF_ALL: ScopeName = 'read:usage:all';
const ofOthers = () => accessRefused({ code: 'insufficient_scope', scope: OF_ALL });

const maySee = ({ sub, scopes }: Caller, whose: Whose): boolean =>
  scopes.includes(OF_ALL) || (whose.of === 'user' && whose.sub === sub);
