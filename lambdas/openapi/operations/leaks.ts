/** A secret has leaked. */
import { leakReportSchema } from '../../domain/leak.ts';
import type { Group } from '../operation.ts';
import {
  count,
  dollars,
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
  time,
} from '../schema.ts';

const KINDS = ['api_key', 'client_secret', 'refresh_token', 'access_token', 'password'];

const leak = {
  ...{ kind: 'api_key', outcome: 'revoked', was: 'active', client_id: 'reader', credential_id: '4kz81x0p' },
  revoked_at: '2026-11-22T09:30:00.000Z',
  report: {
    ...{
      tokens: 1,
      calls: 3,
      errors: 0,
      refused: 0,
      cost_micro_dollars: 150,
      cost: '0.000150',
      complete: true,
    },
    ...{ first_used_at: '2026-11-22T08:00:00.000Z', last_used_at: '2026-11-22T08:05:00.000Z' },
    source_ips: [{ source_ip: '203.0.113.7', calls: 3 }],
    newest: [
      {
        ...{ jti: '019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11', sub: 'reader', grant_type: 'login' },
        ...{ issued_at: '2026-11-22T08:00:00.000Z', expires_at: '2026-11-22T08:15:00.000Z' },
        href: '/admin/usage/tokens/019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11',
      },
    ],
    href: '/admin/usage/credentials/4kz81x0p?client=reader',
  },
};

export const leaks: Group = {
  tag: {
    name: 'Leaks',
    description: 'A leaked secret is ended, its tokens are revoked, and what it did is told.',
  },
  schemas: {
    LeakReport: schemaOf(leakReportSchema),
    Leak: object({
      'kind?': oneOf(KINDS),
      outcome: oneOf(
        ['revoked', 'already_revoked', 'reported', 'unknown', 'unfinished'],
        'Unknown is whatever is none of ours, or none any more.',
      ),
      'was?': oneOf(['active', 'disabled', 'revoked', 'expired'], 'When it was reported.'),
      'detail?': text(),
      'client_id?': text(),
      'credential_id?': text(),
      'session?': text(),
      'jti?': text(),
      'txn?': text(),
      'revoked_at?': time(),
      'report?': nullable(ref('LeakedUse')),
      'report_unavailable?': text('Why there is no report: what was ended is ended all the same.'),
    }),
    LeakedUse: object({
      tokens: count(),
      calls: count(),
      errors: count(),
      refused: count(),
      cost_micro_dollars: micros(),
      cost: dollars(),
      complete: flag('Whether these are all calls that there are.'),
      first_used_at: nullable(time()),
      last_used_at: nullable(time()),
      source_ips: list(object({ source_ip: text(), calls: count() })),
      newest: list(
        object({
          jti: text(),
          sub: text(),
          grant_type: text(),
          issued_at: time(),
          expires_at: time(),
          href: text(),
        }),
      ),
      href: text('Where the rest of it is told.'),
    }),
    Leaks: { anyOf: [ref('Leak'), object({ results: list(ref('Leak')) })] },
  },
  operations: {
    'POST /admin/leaks': {
      id: 'reportLeak',
      description:
        'One secret, or a list in the form of GitHub’s secret scanning. Only a secret that is one of ours has any effect, and it stands in no answer, log or trail.',
      body: {
        schema: ref('LeakReport'),
        examples: {
          one: { secret: 'tg_reader_…', source: 'https://example.org/paste/1' },
          scanner: [
            {
              token: 'tg_reader_…',
              type: 'tollgate_api_key',
              url: 'https://example.org/1',
              source: 'content',
            },
          ],
        },
      },
      answers: { 200: inJson('What became of it, or of each.', ref('Leaks'), leak) },
      errors: { 400: ['invalid_secret', 'invalid_policy', 'invalid_source', 'invalid_client_id'] },
      store: 'ledger',
    },
  },
};
