/** What is refused on the very next call. */
import { revocationKinds } from '../../domain/revocation.ts';
import { revocationRequestSchema } from '../../domain/revocation-request.ts';
import type { Group, Parameter } from '../operation.ts';
import {
  inJson,
  list,
  memberCodes,
  nullable,
  object,
  oneOf,
  ref,
  schemaOf,
  seconds,
  text,
  time,
} from '../schema.ts';

const request = schemaOf(revocationRequestSchema, {
  jti: { description: 'One token; or the id of a session.' },
  client_id: { description: 'All tokens of a client; with `credential_id` those of one of its credentials.' },
  credential_id: { description: 'Needs `client_id`.' },
  subject: { description: 'All tokens in this name.' },
  tenant: { description: 'All tokens of a tenant.' },
  kid: { description: 'All tokens that this key has signed.' },
  issued_before: {
    description:
      'Those that were issued up to then, in seconds since the epoch; by default now. Alone: of all tokens.',
  },
});

const times = {
  'issued_before?': seconds('Tokens that were issued up to then are refused'),
  'revoked_at?': nullable(time()),
  'reason?': nullable(text()),
  'kept_until?': time('When no token can be alive any more that it matches.'),
};

const told = {
  target: { kind: 'client', id: 'reader' },
  issued_before: 1795347900,
  revoked_at: '2026-11-22T09:30:00.000Z',
  reason: 'operator',
  kept_until: '2026-11-23T10:30:00.000Z',
};

const named: Readonly<Record<string, Parameter>> = Object.fromEntries(
  Object.entries(request.properties as Record<string, { description: string }>)
    .filter(([name]) => name !== 'issued_before')
    .map(([name, { description, ...schema }]) => [name, { description, schema }]),
);

export const revocations: Group = {
  tag: { name: 'Revocations', description: 'What is revoked is refused on the very next call.' },
  schemas: {
    RevocationRequest: request,
    RevocationTarget: object({ kind: oneOf(revocationKinds), id: text() }),
    Revocation: object({ revoked: { type: 'boolean' }, target: ref('RevocationTarget'), ...times }),
    Revoked: object({
      revoked: { enum: [true, 'already'] },
      'target?': ref('RevocationTarget'),
      ...times,
      'keys?': list(
        object({ revoked: { enum: [true, 'already'] }, target: ref('RevocationTarget'), ...times }),
        'Where all tokens were revoked: those of each key.',
      ),
    }),
  },
  operations: {
    'GET /admin/revocations': {
      id: 'getRevocation',
      description: 'Of one thing: exactly one parameter, or `client_id` with `credential_id`.',
      query: named,
      answers: { 200: inJson('Whether it is revoked.', ref('Revocation'), { revoked: true, ...told }) },
      errors: { 400: ['invalid_body', 'invalid_query', ...memberCodes(request, 'issued_before')] },
      store: 'ledger',
    },
    'POST /admin/revocations': {
      id: 'revoke',
      description:
        'Exactly one of them, or `client_id` with `credential_id`; or `issued_before` alone, for all tokens.',
      body: {
        schema: ref('RevocationRequest'),
        examples: {
          client: { client_id: 'reader' },
          credential: { client_id: 'reader', credential_id: '4kz81x0p' },
          everything: { issued_before: 1795347900 },
        },
      },
      answers: { 200: inJson('It is refused from now on.', ref('Revoked'), { revoked: true, ...told }) },
      errors: { 400: memberCodes(request) },
      store: 'ledger',
    },
  },
};
