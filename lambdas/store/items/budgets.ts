/** Budgets, and what was spent of them. In the ledger. */
import * as z from 'zod/mini';
import type { Budget, BudgetOf } from '../../domain/ledger/budget.ts';
import { integer, type Key, key, parse, text } from './item.ts';

/** All of them in one partition, so that they are listed by one query; there are few. */
export const BUDGETS = 'BUDGETS';
export const budgetKey = ({ kind, id }: BudgetOf): Key => ({ pk: BUDGETS, sk: key(kind, id) });

const warned = z.optional(z.object({ name: text, limit: integer, percent: integer }));

const budgetShape = z.object({
  of: z.object({ kind: z.enum(['client', 'tenant']), id: text }),
  limits: z.object({ day: z.optional(integer), month: z.optional(integer) }),
  spending: z.optional(
    z.object({
      at: integer,
      day: z.object({ date: text, cost: integer }),
      month: z.object({ month: text, cost: integer }),
      recent: integer,
    }),
  ),
  warned: z.optional(z.object({ day: warned, month: warned })),
});

export const parseBudget = (item: unknown): Budget => parse(budgetShape, item) as Budget;
