/** The signing keys. */
import { rotationRequestSchema } from '../../functions/rotation/request.ts';
import type { Group } from '../operation.ts';
import { inJson, list, nullable, object, oneOf, ref, schemaOf, text, time } from '../schema.ts';

const KID = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
const NEXT = 'kQ2mV0yH5d8uT1pXc7rJ3wZbN6sL9eAfG4oKiYvMxUE';

const ring = {
  signing: KID,
  keys: [
    {
      ...{ kid: KID, state: 'signing', created_at: '2026-10-23T03:00:00.000Z' },
      ...{ published_at: '2026-10-23T03:00:04.000Z', may_sign_from: '2026-10-23T06:00:04.000Z' },
      ...{ signs_from: '2026-10-23T07:00:00.000Z', signs_until: '2026-11-22T07:00:00.000Z' },
      dropped_from: '2026-11-23T10:00:00.000Z',
    },
    {
      ...{ kid: NEXT, state: 'ready', created_at: '2026-10-23T07:00:00.000Z' },
      ...{ published_at: '2026-10-23T07:00:03.000Z', may_sign_from: '2026-10-23T10:00:03.000Z' },
      signs_from: '2026-11-22T07:00:00.000Z',
    },
  ],
};

export const keys: Group = {
  tag: {
    name: 'Signing keys',
    description: 'When each is published and signs, without any of their secrets.',
  },
  schemas: {
    KeyRing: object({
      signing: nullable(text('The `kid` of the key that signs now.')),
      keys: list(
        object({
          kid: text(),
          state: oneOf(
            ['new', 'ready', 'signing', 'past'],
            'Published too short a time ago to sign; it may take over at any time; it signs; it signs no more.',
          ),
          created_at: time(),
          'published_at?': time(),
          'may_sign_from?': time('When every gateway knows it.'),
          'signs_from?': time(),
          'signs_until?': time(),
          'dropped_from?': time('When nothing that it signed can be alive any more.'),
        }),
        'In the order in which they sign.',
      ),
    }),
    RotationRequest: schemaOf(rotationRequestSchema, {
      revoke_key: {
        description: 'A key that somebody else may have: its tokens are refused, and it signs no more.',
      },
    }),
  },
  operations: {
    'GET /admin/keys': {
      id: 'listKeys',
      answers: { 200: inJson('The key ring.', ref('KeyRing'), ring) },
      store: 'key_ring',
    },
    'POST /admin/keys/rotations': {
      id: 'rotateKeys',
      description:
        'With `{}` the key that is ready signs from now on; with `revoke_key` that key is dropped.',
      body: { schema: ref('RotationRequest'), examples: { rotate: {}, emergency: { revoke_key: KID } } },
      answers: { 200: inJson('The key ring, as it is now.', ref('KeyRing'), ring) },
      errors: { 404: ['unknown_key'], 409: ['key_not_ready', 'ring_changed'] },
      store: 'key_ring',
    },
  },
};
