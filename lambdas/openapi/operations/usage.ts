/** Reports: who called what, and what it cost. */
import { groupings } from '../../domain/ledger/grouping.ts';
import type { Errors, Group, Operation } from '../operation.ts';
import { next, paging } from '../parameters.ts';
import { count, dollars, inJson, list, micros, nullable, object, ref, text, time } from '../schema.ts';

const figures = {
  calls: count('Refused ones among them.'),
  errors: count('Those that ended in a failure of ours (5xx).'),
  refused: count('Those that the guard refused, at no cost.'),
  cost_micro_dollars: micros(),
  cost: dollars(),
  'latency_ms?': ref('Latency'),
};

const sums = { calls: 3, errors: 0, refused: 0, cost_micro_dollars: 150, cost: '0.000150' };
const latency = { latency_ms: { p50: 16, p95: 32, p99: 32 } };
const report = {
  from: '2026-11-22T00:00:00.000Z',
  to: '2026-11-22T09:30:00.000Z',
  currency: 'USD',
  rows: [{ user: 'reader', endpoint: 'GET /products/{name}', date: '2026-11-22', ...sums, ...latency }],
  total: { ...sums, ...latency },
};

const query = {
  from: {
    description:
      'From when on: a date, such as `2026-11-22`, or a date-time. By default the beginning of the day in which the report ends.',
    schema: text(),
    example: '2026-11-01',
  },
  to: {
    description:
      'Until when, of the same form: a date through its end, a date-time not included. By default now.',
    schema: text(),
    example: '2026-11-22',
  },
  groupBy: { description: 'What the rows are.', schema: { enum: groupings, default: 'day' } },
  user: { description: 'Whose calls, by the subject of the token; `*` for everyone’s.', schema: text() },
  client: { description: 'Those of a client, in whosever name.', schema: text() },
  tenant: { description: 'Those of a tenant.', schema: text() },
  format: {
    description: 'JSON, or CSV for a spreadsheet.',
    schema: { enum: ['json', 'csv'], default: 'json' },
  },
  ...paging(1_000, 10_000),
};

const errors: Errors = {
  400: [
    ...(['unknown_parameter', 'invalid_limit', 'invalid_cursor'] as const),
    ...(['invalid_from', 'invalid_to', 'range_reversed', 'range_too_long'] as const),
    ...(['invalid_group_by', 'invalid_format', 'invalid_whose'] as const),
    ...(['not_whole_hours', 'records_expired', 'report_too_large'] as const),
  ],
  503: ['hours_not_closed'],
};

const answers: Operation['answers'] = {
  200: {
    ...inJson('A page of the report.', ref('UsageReport'), report, ['Link']),
    content: {
      'application/json': { schema: ref('UsageReport'), example: report },
      'text/csv': {
        schema: text(),
        example:
          'User,API endpoint,Date,Calls,Cost,Errors,Refused,Tenant,Token,p50 ms,p95 ms,p99 ms,Client\r\nreader,GET /products/{name},2026-11-22,3,0.000150,0,0,,,16,32,32,\r\n',
      },
    },
  },
};

export const usage: Group = {
  tag: { name: 'Usage', description: 'Calls and their cost.' },
  schemas: {
    Latency: object(
      { p50: count(), p95: count(), p99: count() },
      { description: 'Upper bounds in milliseconds: half, 95 and 99 of a hundred calls took no longer.' },
    ),
    UsageSums: object(figures),
    UsageRow: object({
      'user?': text('The subject of the tokens.'),
      'endpoint?': text('The route.'),
      'date?': text('The UTC date, or the hour such as `2026-11-22T03`.'),
      'client?': text('The client to which the tokens were issued.'),
      'tenant?': nullable(text('`null` for the calls of those that have none.')),
      'jti?': text('The token.'),
      ...figures,
    }),
    UsageReport: object({
      from: time(),
      to: time(),
      currency: { const: 'USD' },
      rows: list(ref('UsageRow')),
      total: ref('UsageSums'),
      'next?': next,
    }),
  },
  operations: {
    'GET /usage': {
      id: 'getUsage',
      description: 'One’s own calls; with `read:usage:all` those of anyone.',
      query,
      answers,
      errors: { ...errors, 403: ['insufficient_scope'] },
    },
    'GET /admin/usage': {
      id: 'getAnyUsage',
      description: 'Everyone’s calls, or those of a user, a client or a tenant.',
      query,
      answers,
      errors,
      store: 'ledger',
    },
  },
};
