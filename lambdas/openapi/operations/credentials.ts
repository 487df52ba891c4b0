/** How a client proves itself: several ways at a time, so that each can be replaced without downtime. */
import { credentialPatchSchema } from '../../domain/credential-patch.ts';
import { credentialRequestRules, credentialRequestSchema } from '../../domain/credential-request.ts';
import type { Group } from '../operation.ts';
import { idempotencyKey, ifMatch, MERGE_PATCH, next, paging } from '../parameters.ts';
import { inJson, list, memberCodes, object, oneOf, ref, schemaOf, text, time } from '../schema.ts';

const request = schemaOf(credentialRequestSchema, credentialRequestRules);
const patch = schemaOf(credentialPatchSchema, {
  valid_until: { description: 'A time in UTC that lies ahead; `null` for ever.' },
});

const credential = {
  ...{ client_id: 'reader', credential_id: '4kz81x0p', kind: 'api_key', state: 'active' },
  created_at: '2026-11-22T09:30:00.000Z',
};

const members = {
  client_id: text(),
  credential_id: text(),
  kind: oneOf(['api_key', 'client_secret', 'password', 'public_key']),
  state: oneOf(['active', 'disabled', 'revoked']),
  created_at: time(),
  'valid_until?': time('For ever where absent.'),
  'revoked_at?': time(),
  'jwk?': { type: 'object', description: 'The public key.' },
};

export const credentials: Group = {
  tag: {
    name: 'Credentials',
    description: 'API keys, client secrets, passwords and public keys of a client.',
  },
  schemas: {
    CredentialRequest: request,
    CredentialPatch: patch,
    Credential: object(members),
    ListedCredential: object({ ...members, etag: text('What `If-Match` takes.') }),
    CreatedCredential: object({
      ...members,
      'api_key?': text('Told once: only its hash is kept.'),
      'client_secret?': text('Told once: only its hash is kept.'),
      'replaced?': object({ credential_id: text(), valid_until: time() }),
    }),
  },
  operations: {
    'GET /admin/clients/{clientId}/credentials': {
      id: 'listCredentials',
      description: 'By their ids, those that are over included; never with a secret.',
      query: paging(50, 100),
      answers: {
        200: inJson(
          'A page of them.',
          object({ credentials: list(ref('ListedCredential')), 'next?': next }),
          { credentials: [{ ...credential, etag: '"k3v9x1"' }] },
          ['Link'],
        ),
      },
      errors: {
        400: ['unknown_parameter', 'invalid_limit', 'invalid_cursor'],
        404: ['unknown_client'],
      },
    },
    'POST /admin/clients/{clientId}/credentials': {
      id: 'addCredential',
      description:
        'With `replaces` another one ends after the overlap, a day by default: no token that it got ends with it. The secret is told in this one answer.',
      headers: { 'Idempotency-Key': idempotencyKey },
      body: {
        schema: ref('CredentialRequest'),
        examples: {
          oneMore: { kind: 'api_key', expires_in: 7_776_000 },
          rotate: { replaces: '4kz81x0p', overlap: 86_400 },
        },
      },
      answers: {
        201: inJson(
          'It is there, and so is its secret: this once.',
          ref('CreatedCredential'),
          { ...credential, api_key: 'tg_reader_…' },
          ['ETag'],
        ),
      },
      errors: {
        400: [
          ...memberCodes(request),
          ...(['private_key', 'unsupported_key', 'weak_key', 'invalid_key', 'invalid_kid'] as const),
          ...(['duplicate_kid', 'invalid_idempotency_key'] as const),
        ],
        404: ['unknown_client', 'unknown_credential'],
        409: ['credential_exists', 'idempotency_key_spent'],
        422: ['idempotency_key_reused'],
      },
    },
    'PATCH /admin/clients/{clientId}/credentials/{credentialId}': {
      id: 'updateCredential',
      headers: { 'If-Match': { ...ifMatch, required: true } },
      body: {
        mediaTypes: MERGE_PATCH,
        schema: ref('CredentialPatch'),
        examples: { disable: { state: 'disabled' }, end: { valid_until: '2026-12-31T00:00:00Z' } },
      },
      answers: {
        200: inJson(
          'The credential, as it is now.',
          ref('Credential'),
          { ...credential, state: 'disabled' },
          ['ETag'],
        ),
      },
      errors: {
        400: memberCodes(patch),
        404: ['unknown_client', 'unknown_credential'],
        409: ['credential_revoked'],
        412: ['changed_meanwhile'],
        428: ['precondition_required'],
      },
    },
    'DELETE /admin/clients/{clientId}/credentials/{credentialId}': {
      id: 'revokeCredential',
      description: 'For good, and its tokens are revoked. It stays listed until it is forgotten.',
      headers: { 'If-Match': ifMatch },
      answers: { 204: { description: 'It gives no token any more, and those that it gave are refused.' } },
      errors: { 404: ['unknown_client', 'unknown_credential'], 412: ['changed_meanwhile'] },
    },
  },
};
