/** Who of the operators changed what. */
import { outcomes } from '../../domain/audit.ts';
import type { Group } from '../operation.ts';
import { next, paging } from '../parameters.ts';
import { count, inJson, list, object, oneOf, ref, text, time } from '../schema.ts';

const record = {
  ...{ at: '2026-11-22T09:30:00.000Z', request_id: 'b1c2d3e4', index: 0 },
  operator: 'arn:aws:iam::123456789012:user/ada',
  ...{ source_ip: '203.0.113.7', route: 'PATCH /admin/clients/{clientId}' },
  ...{ action: 'client.disable', target: { client: 'reader' }, outcome: 'done', status: 200 },
};

const trail = { from: '2026-08-24T09:30:00.000Z', to: '2026-11-22T09:31:00.000Z', records: [record] };

export const audit: Group = {
  tag: { name: 'Audit trail', description: 'Each change is noted before it is made, and completed after.' },
  schemas: {
    AuditRecord: object({
      at: time(),
      request_id: text(),
      index: count('Tells the changes of one request apart.'),
      operator: text('The ARN of the IAM principal.'),
      source_ip: text(),
      route: text(),
      action: text('Such as `client.disable`.'),
      target: {
        type: 'object',
        additionalProperties: text(),
        description: 'What was changed: ids by their kinds.',
      },
      'details?': { type: 'object', description: 'What of it, never a secret.' },
      outcome: oneOf(outcomes, 'Unknown where the end of the request was not noted.'),
      'status?': { type: 'integer' },
      'code?': text('Of the refusal.'),
    }),
    AuditTrail: object({ from: time(), to: time(), records: list(ref('AuditRecord')), 'next?': next }),
  },
  operations: {
    'GET /admin/audit': {
      id: 'listChanges',
      description:
        'The latest first. A page may have fewer records than `limit`, even none, and goes on while there is a `next`.',
      query: {
        from: { description: 'A date or a date-time.', schema: text(), example: '2026-11-01' },
        to: { description: 'A date, through its end, or a date-time, not included.', schema: text() },
        operator: { description: 'A part of the ARN.', schema: text() },
        action: { description: 'An action, or the noun before its dot.', schema: text(), example: 'client' },
        target: {
          description: 'An id, or its kind and it with a colon between.',
          schema: text(),
          example: 'client:reader',
        },
        ...paging(100, 1_000),
      },
      answers: { 200: inJson('A page of the trail.', ref('AuditTrail'), trail, ['Link']) },
      errors: {
        400: [
          'unknown_parameter',
          'invalid_limit',
          'invalid_cursor',
          'invalid_from',
          'invalid_to',
          'range_reversed',
        ],
      },
      store: 'ledger',
    },
  },
};
