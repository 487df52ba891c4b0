/** `/admin/budgets` as the verbs of `tollgate budgets` use it: who may spend what, and what they have spent. */

import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { CommandFailure, EXIT, printable } from './failure.ts';
import type { Row } from './output.ts';
import { listAll } from './pages.ts';
import { notOurs, refusal } from './refusal.ts';
import { type Answer, signedFetch } from './signed-fetch.ts';
import type { Target } from './target.ts';

const PATH = '/admin/budgets';

const amount = z.number().optional();

/** Loose, so that what a newer server adds is handed on. */
const budgetShape = z.looseObject({
  client_id: z.string().optional(),
  tenant: z.string().optional(),
  day_micro_dollars: amount,
  month_micro_dollars: amount,
  day_spent_micro_dollars: amount,
  month_spent_micro_dollars: amount,
  day_percent: amount,
  month_percent: amount,
  figures_at: z.string().optional(),
});

export type Budget = z.output<typeof budgetShape>;

/** Whose budget, as the routes have it. */
export type BudgetName = { client_id: string } | { tenant: string };

/** @throws {CommandFailure} where the server refuses, or is none of ours */
export async function getBudgets(target: Target): Promise<Budget[]> {
  return listAll(target, { path: PATH, member: 'budgets', item: budgetShape, help: 'budgets list' });
}

/** @returns the budget as the server has it now, and whether it is new there */
export async function putBudget(
  target: Target,
  content: BudgetName & { day_micro_dollars?: number; month_micro_dollars?: number },
): Promise<{ budget: Budget; isNew: boolean }> {
  const answer = await signedFetch(target, { method: 'PUT', path: PATH, content });
  if (answer.status !== 200 && answer.status !== 201) throw refused(answer, 'PUT', 'budgets set');
  return { budget: parsed(budgetShape, answer), isNew: answer.status === 201 };
}

/**
 * @param again the options that name the target
 * @throws {CommandFailure} `refused` where there was none anyway
 */
export async function deleteBudget(target: Target, name: BudgetName, again: string): Promise<void> {
  const answer = await signedFetch(target, { method: 'DELETE', path: PATH, query: { ...name } });
  if (answer.status === 204) return;
  const steps = { unknown_budget: `See which there are: \`npx tollgate budgets list ${again}\`.` };
  throw refusal(answer, { route: `DELETE ${PATH}`, help: 'budgets remove', steps });
}

export interface NameOptions {
  client?: string;
  tenant?: string;
}

/** @throws {CommandFailure} `usage`, unless exactly one is named */
export function nameOf({ client, tenant }: NameOptions): BudgetName {
  if (client !== undefined && tenant === undefined) return { client_id: client };
  if (tenant !== undefined && client === undefined) return { tenant };
  if (client !== undefined && tenant !== undefined) {
    throw new CommandFailure(EXIT.usage, '--client and --tenant were both given.', 'Give one of them.');
  }
  throw new CommandFailure(EXIT.usage, 'It was not said whose budget.', 'Give --client or --tenant.');
}

/** @returns whose budget it is, in words. */
export const inWords = (name: BudgetName): string =>
  'tenant' in name ? `the tenant ${printable(name.tenant)}` : `the client ${printable(name.client_id)}`;

/** As the server has it, in micro-dollars. */
const MOST = 1e12;

/** Dollars with at most six decimals, read digit by digit: no amount is rounded. @returns micro-dollars */
export function dollars(text: string): number {
  const [, whole = '', decimals = ''] = /^\$?(\d{1,7})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (whole === '') {
    throw new InvalidArgumentError('It has to be an amount in dollars, such as 5, 0.25 or 0.000150.');
  }
  const amount = Number(whole + decimals.padEnd(6, '0'));
  if (amount > MOST) throw new InvalidArgumentError('It can be a million dollars at most.');
  return amount;
}

/** @returns what a person wants to see of it, line by line. */
export function rowsOf(budget: Budget): Row[] {
  const { client_id, tenant, figures_at } = budget;
  return [
    [tenant === undefined ? 'Client' : 'Tenant', printable(tenant ?? client_id ?? '')],
    ['Day', spentOf(budget.day_micro_dollars, budget.day_spent_micro_dollars, budget.day_percent)],
    ['Month', spentOf(budget.month_micro_dollars, budget.month_spent_micro_dollars, budget.month_percent)],
    [
      'Figures of',
      figures_at === undefined ? 'none yet: the closing runs every five minutes' : printable(figures_at),
    ],
  ];
}

function spentOf(limit?: number, spent?: number, percent?: number): string | undefined {
  if (spent === undefined) return limit === undefined ? undefined : `${inDollars(limit)} at most`;
  if (limit === undefined) return `${inDollars(spent)} spent, no limit`;
  return `${inDollars(spent)} of ${inDollars(limit)} spent, ${percent ?? 0} %`;
}

/** At least two decimals, and as many more as it has. */
function inDollars(microDollars: number): string {
  const digits = String(microDollars).padStart(7, '0');
  const decimals = digits.slice(-6).replace(/0{1,4}$/, '');
  return `$${digits.slice(0, -6)}.${decimals}`;
}

const refused = (answer: Answer, method: string, help: string): CommandFailure =>
  refusal(answer, { route: `${method} ${PATH}`, help });

function parsed<Shape extends z.ZodType>(shape: Shape, { status, body }: Answer): z.output<Shape> {
  const result = shape.safeParse(body);
  if (!result.success) throw notOurs(status);
  return result.data;
}
