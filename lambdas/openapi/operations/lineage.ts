/** Where tokens came from, what they did, and what that cost. */
import { grantTypes } from '../../domain/grant-type.ts';
import { revocationKinds } from '../../domain/revocation.ts';
import type { Errors, Group } from '../operation.ts';
import { next, paging } from '../parameters.ts';
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
  scope,
  text,
  time,
} from '../schema.ts';
import { totals } from '../shared.ts';

const WRONG = ['unknown_parameter', 'invalid_limit', 'invalid_cursor'] as const;

const errors: Errors = {
  400: WRONG,
  404: ['not_found'],
};

const jti = '019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11';
const txn = '0b8f3c52-6a1e-4d0f-9c3b-6d1f0a2e7b94';
const total = { calls: 1, errors: 0, refused: 0, cost_micro_dollars: 50, cost: '0.000050', complete: true };
const whose = { sub: 'reader', client_id: 'reader', credential_id: '4kz81x0p' };

const lineageOf = (path: string) => ({
  ...{ jti, ...whose, txn },
  issued: {
    at: '2026-11-22T09:30:00.000Z',
    expires_at: '2026-11-22T09:45:00.000Z',
    source_ip: '203.0.113.7',
    grant_type: 'login',
    scope: 'read:products',
    kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  },
  ...{ origin: null, revoked: null, total },
  calls: [
    {
      at: '2026-11-22T09:31:07.120Z',
      route: 'GET /products/{name}',
      status: 200,
      outcome: 'admitted',
      ...{ cost_micro_dollars: 50, cost: '0.000050', latency_ms: 12 },
      ...{ source_ip: '203.0.113.7', request_id: 'b1c2d3e4' },
    },
  ],
  links: {
    credential: `${path}/credentials/4kz81x0p?client=reader`,
    transaction: `${path}/transactions/${txn}`,
  },
});

const listOf = (path: string, names: Record<string, string>) => ({
  ...names,
  total: { tokens: 1, ...total },
  tokens: [
    {
      ...{ jti, ...whose, grant_type: 'login' },
      ...{ issued_at: '2026-11-22T09:30:00.000Z', expires_at: '2026-11-22T09:45:00.000Z' },
      ...{ total, href: `${path}/tokens/${jti}` },
    },
  ],
});

/** The token's and the operators' routes are the same, but for whose tokens are told, and where links lead. */
function operationsOf(path: '/usage' | '/admin/usage'): Group['operations'] {
  const any = path === '/usage' ? '' : 'Any';
  const common = { errors, store: 'ledger' as const };
  const ofCredential: Errors = path === '/usage' ? errors : { ...errors, 400: [...WRONG, 'client_required'] };
  return {
    [`GET ${path}/tokens/{jti}`]: {
      id: `get${any}TokenLineage`,
      description: 'What belongs to others, and is not for you to see, is not found.',
      query: {
        sub: {
          description:
            'Under which subject its calls are looked for, where the ledger has no note of the token.',
          schema: text(),
        },
        ...paging(1_000, 10_000),
      },
      answers: {
        200: inJson(
          'Where it came from, what ended it, and its calls.',
          ref('TokenLineage'),
          lineageOf(path),
          ['Link'],
        ),
      },
      ...common,
    },
    [`GET ${path}/credentials/{credentialId}`]: {
      id: `list${any}TokensOfCredential`,
      description: 'An id that has slashes is percent-encoded twice.',
      query: {
        client: {
          description: 'Whose credential it is.',
          schema: text(),
          ...(path === '/admin/usage' && { required: true }),
          example: 'reader',
        },
        ...paging(20, 100),
      },
      answers: {
        200: inJson(
          'Its tokens, the newest first.',
          ref('TokenList'),
          listOf(path, { client_id: 'reader', credential_id: '4kz81x0p' }),
          ['Link'],
        ),
      },
      ...common,
      errors: ofCredential,
    },
    [`GET ${path}/transactions/{txn}`]: {
      id: `list${any}TokensOfTransaction`,
      query: paging(20, 100),
      answers: {
        200: inJson('Its tokens, the newest first.', ref('TokenList'), listOf(path, { txn }), ['Link']),
      },
      ...common,
    },
  };
}

export const lineage: Group = {
  tag: { name: 'Lineage', description: 'From a key to its tokens, from a token to its calls.' },
  schemas: {
    TokenLineage: object({
      jti: text(),
      sub: text(),
      client_id: text(),
      credential_id: text(),
      'tenant?': text(),
      txn: text(),
      issued: nullable(
        object({
          at: time(),
          expires_at: time(),
          source_ip: text(),
          grant_type: oneOf(['login', ...grantTypes]),
          scope: scope(),
          kid: text(),
        }),
      ),
      origin: nullable(ref('TokenOrigin')),
      revoked: nullable(
        object({
          at: nullable(time()),
          reason: nullable(text()),
          target: object({ kind: oneOf(revocationKinds), id: text() }),
          inherited: flag('Whether the token has it from what it came of.'),
        }),
      ),
      total: ref('Totals'),
      calls: list(ref('Call')),
      'next?': next,
      links: object({ credential: text(), transaction: text() }),
    }),
    TokenOrigin: {
      oneOf: [
        object({ kind: { const: 'refreshed' }, session: text() }),
        object({ kind: { const: 'exchanged' }, jti: text(), href: text() }),
        object({ kind: { const: 'federated' }, issuer: text(), subject: text(), 'jti?': text() }),
      ],
    },
    Call: object({
      at: time(),
      route: text(),
      status: { type: 'integer' },
      outcome: oneOf(['admitted', 'refused']),
      cost_micro_dollars: micros(),
      cost: dollars(),
      latency_ms: count(),
      source_ip: text(),
      request_id: text(),
      'booked_by?': oneOf(['replay', 'reconciliation'], 'Where it was booked late.'),
    }),
    TokenList: object({
      'client_id?': text(),
      'credential_id?': text(),
      'txn?': text(),
      total: object({ tokens: count(), ...totals }),
      tokens: list(
        object({
          jti: text(),
          sub: text(),
          client_id: text(),
          credential_id: text(),
          grant_type: text(),
          issued_at: time(),
          expires_at: time(),
          total: ref('Totals'),
          href: text('Where its calls are.'),
        }),
      ),
      'next?': next,
    }),
  },
  operations: { ...operationsOf('/usage'), ...operationsOf('/admin/usage') },
};
