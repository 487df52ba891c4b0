/** What clients and tenants may spend. */
import { budgetRules, budgetSchema } from '../../domain/ledger/budget-registration.ts';
import type { Group } from '../operation.ts';
import { conditions, ifMatch, next, paging } from '../parameters.ts';
import { inJson, list, memberCodes, micros, object, ref, schemaOf, text, time } from '../schema.ts';

const setting = schemaOf(budgetSchema, budgetRules);

const budget = {
  client_id: 'reader',
  day_micro_dollars: 5_000_000,
  day_spent_micro_dollars: 1_250_000,
  day_percent: 25,
  month_spent_micro_dollars: 7_400_000,
  figures_at: '2026-11-22T09:30:00.000Z',
};

const whose = {
  client_id: {
    description: 'The client whose budget is meant; this or `tenant`.',
    schema: text(),
    example: 'reader',
  },
  tenant: { description: 'The tenant whose budget is meant.', schema: text() },
};

export const budgets: Group = {
  tag: { name: 'Budgets', description: 'As one runs out, tokens live shorter, and at zero there are none.' },
  schemas: {
    BudgetSetting: setting,
    Budget: object({
      'client_id?': text('This or `tenant`.'),
      'tenant?': text(),
      'day_micro_dollars?': micros('What may be spent in a UTC day.'),
      'month_micro_dollars?': micros('What may be spent in a UTC month.'),
      'day_spent_micro_dollars?': micros(),
      'day_percent?': { type: 'integer', minimum: 0 },
      'month_spent_micro_dollars?': micros(),
      'month_percent?': { type: 'integer', minimum: 0 },
      'figures_at?': time('When what was spent was summed up.'),
      'etag?': text('In the list: what `If-Match` takes.'),
    }),
  },
  operations: {
    'GET /admin/budgets': {
      id: 'listBudgets',
      query: paging(100, 1000),
      answers: {
        200: inJson(
          'A page of them.',
          object({ budgets: list(ref('Budget')), 'next?': next }),
          { budgets: [budget] },
          ['Link'],
        ),
      },
      errors: { 400: ['unknown_parameter', 'invalid_limit', 'invalid_cursor'] },
      store: 'ledger',
    },
    'PUT /admin/budgets': {
      id: 'setBudget',
      headers: conditions,
      description: 'Exactly one of `client_id` and `tenant`, and at least one limit. What was spent stays.',
      body: {
        schema: ref('BudgetSetting'),
        examples: { day: { client_id: 'reader', day_micro_dollars: 5_000_000 } },
      },
      answers: {
        200: inJson('It was changed.', ref('Budget'), budget, ['ETag']),
        201: inJson('It is new.', ref('Budget'), { client_id: 'reader', day_micro_dollars: 5_000_000 }, [
          'ETag',
        ]),
      },
      errors: { 400: memberCodes(setting), 412: ['changed_meanwhile'] },
      store: 'ledger',
    },
    'DELETE /admin/budgets': {
      id: 'removeBudget',
      query: whose,
      headers: { 'If-Match': ifMatch },
      answers: { 204: { description: 'It is gone.' } },
      errors: {
        400: ['invalid_body', 'invalid_client_id', 'invalid_tenant'],
        404: ['unknown_budget'],
        412: ['changed_meanwhile'],
      },
      store: 'ledger',
    },
  },
};
