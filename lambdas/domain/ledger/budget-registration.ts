/** A budget as operators write it and read it, in JSON. */
import * as z from 'zod/mini';
import { CLIENT_ID } from '../client.ts';
import { fail, ok, type Result } from '../result.ts';
import { TENANT } from '../tenant.ts';
import { brokenRule, type RegistrationError } from '../vocabulary.ts';
import { type Budget, type BudgetLimits, type BudgetOf, costIn, percentOf } from './budget.ts';

/** A million dollars, in micro-dollars. */
export const MAX_LIMIT = 1_000_000_000_000;

const limit = z.optional(z.int().check(z.minimum(0), z.maximum(MAX_LIMIT)));
/** The body of `PUT /admin/budgets`; and what each member has to be. */
export const budgetSchema = z.strictObject({
  client_id: z.optional(z.string().check(z.regex(CLIENT_ID))),
  tenant: z.optional(z.string().check(z.regex(TENANT))),
  day_micro_dollars: limit,
  month_micro_dollars: limit,
});

const LIMIT = `has to be a whole number of micro-dollars, 0 to ${MAX_LIMIT}; 0 lets nothing be spent`;
export const budgetRules: Readonly<Record<string, string>> = {
  client_id: 'has to be the id of a client',
  tenant: 'has to be the name of a tenant',
  day_micro_dollars: LIMIT,
  month_micro_dollars: LIMIT,
};

export interface BudgetSetting {
  of: BudgetOf;
  limits: BudgetLimits;
}

/**
 * @param body what the request's JSON says
 * @returns the budget, or the first thing that is wrong with it: its `code` is `invalid_<member>` or `invalid_body`
 */
export function parseBudgetSetting(body: unknown): Result<BudgetSetting, RegistrationError> {
  const parsed = budgetSchema.safeParse(body);
  if (!parsed.success) return fail(brokenRule(parsed.error.issues[0], budgetRules));
  const { day_micro_dollars: day, month_micro_dollars: month } = parsed.data;
  const of = budgetOf(parsed.data);
  if (!of.ok) return of;
  if (day === undefined && month === undefined) {
    return invalid('it needs day_micro_dollars, month_micro_dollars or both');
  }
  return ok({
    of: of.value,
    limits: { ...(day !== undefined && { day }), ...(month !== undefined && { month }) },
  });
}

/** @returns whose budget is meant, where exactly one is named as it can be. */
export function budgetOf(named: {
  client_id?: string | undefined;
  tenant?: string | undefined;
}): Result<BudgetOf, RegistrationError> {
  const { client_id: client, tenant } = named;
  if ((client === undefined) === (tenant === undefined)) {
    return invalid('it has to name either a client_id or a tenant');
  }
  if (client !== undefined) {
    return CLIENT_ID.test(client) ? ok({ kind: 'client', id: client }) : invalidMember('client_id');
  }
  return tenant !== undefined && TENANT.test(tenant)
    ? ok({ kind: 'tenant', id: tenant })
    : invalidMember('tenant');
}

/** @returns the budget as JSON, with what was spent of it in the day and the month of `now`. */
export function describeBudget({ of, limits, spending }: Budget, now: number): Record<string, unknown> {
  const spent = (period: 'day' | 'month') => {
    if (spending === undefined) return {};
    const cost = costIn(spending, period, now);
    const limit = limits[period];
    return {
      [`${period}_spent_micro_dollars`]: cost,
      ...(limit !== undefined && { [`${period}_percent`]: percentOf(cost, limit) }),
    };
  };
  return {
    [of.kind === 'client' ? 'client_id' : 'tenant']: of.id,
    ...(limits.day !== undefined && { day_micro_dollars: limits.day }),
    ...(limits.month !== undefined && { month_micro_dollars: limits.month }),
    ...spent('day'),
    ...spent('month'),
    ...(spending !== undefined && { figures_at: new Date(spending.at).toISOString() }),
  };
}

const invalid = (detail: string) => fail<RegistrationError>({ code: 'invalid_body', detail });
const invalidMember = (member: 'client_id' | 'tenant') =>
  fail<RegistrationError>({ code: `invalid_${member}`, detail: `${member} ${budgetRules[member]}` });
