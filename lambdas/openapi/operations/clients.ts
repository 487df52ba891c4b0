/** Who may ask for tokens. */
import { clientRegistrationSchema, registrationRules } from '../../domain/client-registration.ts';
import type { Group } from '../operation.ts';
import { idempotencyKey, next, paging } from '../parameters.ts';
import { inJson, list, memberCodes, object, ref, schemaOf } from '../schema.ts';

export const registration = schemaOf(clientRegistrationSchema, registrationRules);

const client = {
  ...{ client_id: 'reader', client_name: 'Reader', kind: 'service', state: 'active' },
  ...{ scope: 'read:products read:usage', roles: [], allowed_claims: [] },
  ...{ grant_types: ['client_credentials'], created_at: '2026-11-22T09:30:00.000Z' },
};

export const clients: Group = {
  tag: { name: 'Clients', description: 'Services and users who may ask for tokens.' },
  schemas: {
    ClientRegistration: registration,
    Client: object({}, { additionalProperties: true }),
  },
  operations: {
    'GET /admin/clients': {
      id: 'listClients',
      query: paging(100, 1_000),
      answers: {
        200: inJson(
          'A page of them.',
          object({ clients: list(ref('Client')), 'next?': next }),
          { clients: [client] },
          ['Link'],
        ),
      },
      errors: { 400: ['unknown_parameter', 'invalid_limit', 'invalid_cursor'] },
    },
    'POST /admin/clients': {
      id: 'createClient',
      body: {
        schema: ref('ClientRegistration'),
        examples: { service: { client_name: 'Reader', scope: 'read:products' } },
      },
      headers: { 'Idempotency-Key': idempotencyKey },
      answers: { 201: inJson('It is there.', ref('Client'), client, ['ETag']) },
      errors: {
        400: [
          ...memberCodes(registration),
          ...(['unknown_scope', 'unknown_role'] as const),
          ...([
            'private_key',
            'unsupported_key',
            'weak_key',
            'invalid_key',
            'invalid_kid',
            'duplicate_kid',
          ] as const),
        ],
        409: ['client_exists'],
      },
    },
  },
};
