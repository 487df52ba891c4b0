/**
 * What the budgets of a client and of its tenant leave of a token that is to be issued: all of its life, less, or
 * nothing. Asked before anything is made, so that a refusal has used nothing up.
 */
import type { Issuance } from '../domain/issuance.ts';
import type { BudgetOf, BudgetReader } from '../domain/ledger/budget.ts';
import { type Exhausted, lifeWithin } from '../domain/ledger/budget-life.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Request, Response } from '../http/event.ts';
import type { Log } from '../http/log.ts';
import { budgetExhausted } from '../http/token-endpoint.ts';

export interface BudgetPorts {
  budgets: BudgetReader;
  log: Log;
}

/**
 * @param now milliseconds since the epoch
 * @returns the issuance, its life cut to what the budgets can bear; or 429 where one is exhausted
 * @throws {StoreUnavailable} where that cannot be read: nothing is issued that nobody can vouch for
 */
export async function withinBudget(
  { budgets, log }: BudgetPorts,
  request: Request,
  issuance: Issuance,
  now: number,
): Promise<Result<Issuance, Response>> {
  const { granted } = issuance;
  const life = lifeWithin(await budgets.find(budgetsOf(issuance)), granted.lifetime, now);
  if (life.ok) return ok({ ...issuance, granted: { ...granted, lifetime: life.value } });
  const { clientId, credentialId, sub } = issuance;
  const { requestId, routeKey: route } = request.requestContext;
  log.count('BudgetExhausted');
  log.warn('token refused', {
    ...{ requestId, route, status: 429, code: 'budget_exhausted', clientId, credentialId, sub },
    reason: `the ${life.failure.period}'s budget of the ${life.failure.of.kind} is exhausted`,
  });
  return fail(refusal(life.failure, now));
}

/** The client is whoever asks; the tenant that of the token, whose calls are booked under both. */
const budgetsOf = ({ clientId, tenant }: Issuance): BudgetOf[] => [
  { kind: 'client', id: clientId },
  ...(tenant === undefined ? [] : [{ kind: 'tenant' as const, id: tenant }]),
];

/** Says whose and which, but not how much: that is between the client's operator and whoever pays. */
function refusal({ of, period, endsAt, retryAt }: Exhausted, now: number): Response {
  const begins = new Date(endsAt).toISOString().replace('.000', '');
  const which = `this ${of.kind}'s budget for the ${period} is exhausted`;
  return budgetExhausted(
    `${which}; the next ${period} begins at ${begins}`,
    Math.ceil((retryAt - now) / 1000),
  );
}
