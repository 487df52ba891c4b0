/** Who may ask for tokens. */
import { clientPatchSchema } from '../../domain/client-patch.ts';
import { clientRegistrationSchema, registrationRules } from '../../domain/client-registration.ts';
import { grantTypes } from '../../domain/grant-type.ts';
import type { ErrorCode, Group } from '../operation.ts';
import { idempotencyKey, ifMatch, MERGE_PATCH, next, paging } from '../parameters.ts';
import { inJson, list, memberCodes, object, oneOf, ref, schemaOf, scope, text, time } from '../schema.ts';

const registration = schemaOf(clientRegistrationSchema, registrationRules);
const patch = schemaOf(clientPatchSchema, registrationRules);

const client = {
  ...{ client_id: 'reader', client_name: 'Reader', kind: 'service', state: 'active' },
  ...{ scope: 'read:products read:usage', roles: [], allowed_claims: [] },
  ...{ grant_types: ['client_credentials'], created_at: '2026-11-22T09:30:00.000Z' },
};

const lifetime = { type: 'integer', minimum: 60 };

const members = {
  client_id: text(),
  client_name: text(),
  kind: oneOf(['service', 'user']),
  scope: scope('Its own scopes; those of its roles come on top.'),
  roles: list(text()),
  'tenant?': text(),
  allowed_claims: list(text(), 'Those that a login may set.'),
  'token_lifetime?': { ...lifetime, description: 'Seconds that a token lives at most.' },
  grant_types: list(oneOf([...grantTypes])),
  'refresh_token_lifetime?': { ...lifetime, description: 'Seconds that a session lasts at most.' },
  'refresh_token_idle_lifetime?': {
    ...lifetime,
    description: 'Seconds that a refresh token may lie unused.',
  },
  state: oneOf(['active', 'disabled']),
  created_at: time(),
  'unfinished?': oneOf(['creation', 'deletion'], 'What was begun with it and not brought to an end.'),
};

const jwks = object({ keys: list({ type: 'object', description: 'A public key (RFC 7517).' }) });

/** Each of them is told once. */
const secrets = {
  'client_secret?': text('Told once: only its hash is kept.'),
  'api_key?': text('Told once: only its hash is kept.'),
  'password?': text('Of a user. Told once: only its hash is kept.'),
  'jwks?': jwks,
};

/** What a registration is refused with. */
export const registrationCodes: readonly ErrorCode[] = [
  ...memberCodes(registration),
  ...(['unknown_scope', 'unknown_role'] as const),
  ...(['private_key', 'unsupported_key', 'weak_key', 'invalid_key', 'invalid_kid', 'duplicate_kid'] as const),
];

export const clients: Group = {
  tag: { name: 'Clients', description: 'Services and users who may ask for tokens.' },
  schemas: {
    ClientRegistration: registration,
    ClientPatch: patch,
    Client: object(members),
    ListedClient: object({ ...members, etag: text('What `If-Match` takes.') }),
    CreatedClient: object({ ...members, ...secrets }),
  },
  operations: {
    'GET /admin/clients': {
      id: 'listClients',
      description:
        'In the order of their ids. A page may have fewer than `limit`, even none, and goes on while there is a `next`. Clients of before there was a list are in it once they were changed.',
      query: {
        tenant: { description: 'Those of a tenant.', schema: text() },
        state: { description: 'Those in a state.', schema: oneOf(['active', 'disabled']) },
        role: { description: 'Those that have a role.', schema: text() },
        ...paging(50, 100),
      },
      answers: {
        200: inJson(
          'A page of them.',
          object({ clients: list(ref('ListedClient')), 'next?': next }),
          { clients: [{ ...client, etag: '"k3v9x1"' }] },
          ['Link'],
        ),
      },
      errors: {
        400: [
          ...(['unknown_parameter', 'invalid_limit', 'invalid_cursor'] as const),
          ...(['invalid_tenant', 'invalid_state', 'invalid_role'] as const),
        ],
      },
    },
    'POST /admin/clients': {
      id: 'createClient',
      description:
        'A service gets a client secret and an API key, or brings public keys; a user gets a password. They are told in this one answer.',
      headers: { 'Idempotency-Key': idempotencyKey },
      body: {
        schema: ref('ClientRegistration'),
        examples: {
          service: { client_name: 'Reader', client_id: 'reader', scope: 'read:products read:usage' },
          user: { client_name: 'Alice', kind: 'user', scope: 'read:products' },
        },
      },
      answers: {
        201: inJson(
          'It is there, and so are its secrets: this once.',
          ref('CreatedClient'),
          { ...client, client_secret: 'tgs_…', api_key: 'tg_reader_…' },
          ['ETag'],
        ),
      },
      errors: {
        400: [...registrationCodes, 'invalid_idempotency_key'],
        409: ['client_exists', 'client_deleted', 'idempotency_key_spent'],
        422: ['idempotency_key_reused'],
      },
    },
    'GET /admin/clients/{clientId}': {
      id: 'getClient',
      answers: { 200: inJson('The client.', ref('Client'), client, ['ETag']) },
      errors: { 404: ['unknown_client'] },
    },
    'PATCH /admin/clients/{clientId}': {
      id: 'updateClient',
      description:
        'A merge patch (RFC 7396). What is changed is in force with the next token: disabling a client revokes none that it has.',
      headers: { 'If-Match': { ...ifMatch, required: true } },
      body: {
        mediaTypes: MERGE_PATCH,
        schema: ref('ClientPatch'),
        examples: { disable: { state: 'disabled' }, rescope: { scope: 'read:products' } },
      },
      answers: {
        200: inJson('The client, as it is now.', ref('Client'), { ...client, state: 'disabled' }, ['ETag']),
      },
      errors: {
        400: [
          ...memberCodes(patch),
          ...([
            'immutable_client_id',
            'immutable_kind',
            'unknown_scope',
            'unknown_role',
            'invalid_jwks',
          ] as const),
        ],
        404: ['unknown_client'],
        412: ['changed_meanwhile'],
        428: ['precondition_required'],
      },
    },
    'DELETE /admin/clients/{clientId}': {
      id: 'deleteClient',
      description:
        'Its tokens are revoked, its credentials are gone. Asked again, it goes on where it stopped.',
      headers: { 'If-Match': ifMatch },
      answers: { 204: { description: 'It is gone.' } },
      errors: {
        404: ['unknown_client'],
        409: ['client_in_use', 'changed_meanwhile'],
        412: ['changed_meanwhile'],
      },
    },
  },
};
