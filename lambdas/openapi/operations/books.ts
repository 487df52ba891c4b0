/** The closed hours, and what was not booked when it should have been. */
import { missingSchema } from '../../functions/bookkeeping/missing.ts';
import { lateRecordsSchema } from '../../functions/bookkeeping/records.ts';
import { closingSchema } from '../../functions/closing/mark-back.ts';
import type { Group } from '../operation.ts';
import {
  count,
  flag,
  inJson,
  list,
  micros,
  nullable,
  object,
  oneOf,
  ref,
  schemaOf,
  text,
} from '../schema.ts';

const hour = text('A UTC hour.', { pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d$' });
const sha256 = text('SHA-256, in hex.', { pattern: '^[0-9a-f]{64}$' });
const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const link = {
  ...{ seq: 412, hour: '2026-11-22T03', generation: 5012, digest: HEX, records: 1204, cost: 60_200 },
  ...{ previous: HEX, hash: HEX, at: 1795317300000 },
};

const call = {
  request_id: 'b1c2d3e4',
  at: 1795317300000,
  sub: 'reader',
  jti: '019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11',
};

const record = {
  requestId: 'b1c2d3e4',
  ...{ at: 1795317300000, sub: 'reader', clientId: 'reader', credentialId: '4kz81x0p' },
  jti: '019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11',
  txn: '0b8f3c52-6a1e-4d0f-9c3b-6d1f0a2e7b94',
  ...{ route: 'GET /products/{name}', status: 200, outcome: 'admitted', price: 50, latency: 12 },
  sourceIp: '203.0.113.7',
};

export const books: Group = {
  tag: { name: 'Books', description: 'The chain of closed hours, and records that are booked late.' },
  schemas: {
    Link: object(
      {
        seq: { type: 'integer', minimum: 1 },
        hour,
        generation: count('Of several links of an hour, the one with the highest counts.'),
        digest: sha256,
        records: count(),
        cost: micros(),
        previous: sha256,
        hash: sha256,
        at: count('Milliseconds since the epoch.'),
      },
      { description: 'A link of the chain, exactly as it was hashed.' },
    ),
    ClosingRequest: schemaOf(closingSchema, {
      from: {
        description:
          'Closes hours from this date on that were never closed: of a deployment that is older than its closing.',
      },
    }),
    LateRecords: schemaOf(lateRecordsSchema, {
      records: { description: 'Each as its line in the log has it: `{"record": {…}, "issued": {…}}`.' },
      booked_by: {
        description: 'A replay of what was logged whole, or a reconciliation with the gateway’s log.',
      },
    }),
    MissingRequest: schemaOf(missingSchema),
  },
  operations: {
    'POST /admin/usage/closings': {
      id: 'closeHours',
      body: { schema: ref('ClosingRequest'), examples: { back: { from: '2026-11-01' } }, optional: true },
      answers: {
        200: inJson(
          'What was done, and what is left.',
          object({
            closed: list(hour),
            amended: list(hour, 'Those that were closed again.'),
            backlog: count('Hours that are still due.'),
            head: nullable(object({ seq: count(), hash: sha256 })),
          }),
          { closed: ['2026-11-22T03'], amended: [], backlog: 0, head: { seq: 412, hash: HEX } },
        ),
      },
      errors: { 400: ['invalid_request'], 409: ['closing_under_way'], 413: ['invalid_request'] },
      store: 'ledger',
    },
    'GET /admin/usage/closings': {
      id: 'listClosings',
      query: {
        after: { description: 'The number of the link before the first; 0 by default.', schema: count() },
        limit: {
          description: 'How many, 1000 by default.',
          schema: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
        },
      },
      answers: {
        200: inJson(
          'Links, in their order.',
          object({
            links: list(ref('Link')),
            'next?': count('`after` of the next page.'),
            'closed_through?': hour,
          }),
          { links: [link], closed_through: '2026-11-22T03' },
        ),
      },
      errors: { 400: ['invalid_page'] },
      store: 'ledger',
    },
    'GET /admin/usage/closings/{hour}': {
      id: 'countHour',
      answers: {
        200: inJson(
          'What its records amount to now, and the link that counts for it.',
          object({
            hour,
            digest: sha256,
            records: count(),
            cost: micros(),
            link: ref('Link'),
            late: flag('Whether something was booked late that the chain cannot have yet.'),
          }),
          { hour: '2026-11-22T03', digest: HEX, records: 1204, cost: 60_200, link, late: false },
        ),
      },
      errors: {
        400: ['invalid_hour'],
        404: ['hour_not_closed'],
        409: ['hour_unreadable'],
        410: ['hour_expired'],
        503: ['hour_too_large'],
      },
      store: 'ledger',
    },
    'POST /admin/usage/records': {
      id: 'bookRecords',
      description:
        'What is booked already stays as it is; one that is refused keeps none of the others from being booked.',
      body: {
        schema: ref('LateRecords'),
        examples: { replay: { records: [{ record }], booked_by: 'replay' } },
      },
      answers: {
        200: inJson(
          'What became of each, in their order.',
          object({
            results: list(
              object({
                'request_id?': text(),
                outcome: oneOf(['booked', 'already_booked', 'refused']),
                'code?': text(
                  'Why it was refused: `invalid_…`, `unknown_member`, `too_old`, `in_the_future`, `too_recent`, `issued_differs`. Or what is to be known of it: `differs` from what was booked, `no_such_route`, `price_by_handler`.',
                ),
                'price_micro_dollars?': micros('What it is booked at now.'),
              }),
            ),
          }),
          { results: [{ request_id: 'b1c2d3e4', outcome: 'booked', price_micro_dollars: 50 }] },
        ),
      },
      store: 'ledger',
    },
    'POST /admin/usage/missing': {
      id: 'listMissingRecords',
      body: { schema: ref('MissingRequest'), examples: { one: { calls: [call] } } },
      answers: {
        200: inJson('The ids of the requests that have no record.', object({ missing: list(text()) }), {
          missing: ['b1c2d3e4'],
        }),
      },
      store: 'ledger',
    },
  },
};
