/** The samples: routes behind a token, such as one's own. */
import { productSchema } from '../../functions/products/product.ts';
import type { Group } from '../operation.ts';
import { inJson, list, object, ref, schemaOf, scope, seconds, text } from '../schema.ts';

const lamp = { name: 'lamp', price: 49_000_000 };

export const samples: Group = {
  tag: { name: 'Samples', description: 'Routes behind a token: what your own ones look like.' },
  schemas: {
    Product: schemaOf(productSchema, {
      name: { description: 'Lower-case letters, digits and hyphens.' },
      price: { description: 'Micro-dollars.' },
    }),
    CallerInfo: object({
      sub: text('Whom the token is for.'),
      client_id: text('Who asked for it.'),
      scope: scope(),
      roles: list(text()),
      'tenant?': text(),
      'act?': { type: 'object', description: 'Who acts for the subject (RFC 8693 §4.1).' },
      txn: text('The transaction id.'),
      jti: text(),
      exp: seconds('When it ends'),
      claims: {
        type: 'object',
        description: 'Those that the login asked for.',
        additionalProperties: text(),
      },
    }),
    Profile: object({ user_id: text(), display_name: text() }),
  },
  operations: {
    'GET /protected-resource': {
      id: 'getCaller',
      answers: {
        200: inJson('Who is calling, as the token says.', ref('CallerInfo'), {
          ...{ sub: 'reader', client_id: 'reader', scope: 'read:products', roles: [] },
          txn: '0b8f3c52-6a1e-4d0f-9c3b-6d1f0a2e7b94',
          jti: '019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11',
          ...{ exp: 1795348800, claims: { userID: '42' } },
        }),
      },
    },
    'GET /products/{name}': {
      id: 'getProduct',
      answers: { 200: inJson('The product.', ref('Product'), lamp) },
      errors: { 404: ['product_not_found'] },
    },
    'POST /products': {
      id: 'createProduct',
      description: 'A product of a name that is taken replaces it. What it costs is what the handler says.',
      body: { schema: ref('Product'), examples: { stool: { name: 'stool', price: 59_000_000 } } },
      answers: {
        201: inJson('It is there.', ref('Product'), { name: 'stool', price: 59_000_000 }, ['Location']),
      },
      errors: { 400: ['invalid_product'], 413: ['product_too_large'] },
    },
    'GET /users/{userId}/profile': {
      id: 'getProfile',
      answers: {
        200: inJson('The profile.', ref('Profile'), { user_id: 'alice', display_name: 'Alice' }),
      },
      errors: { 404: ['user_not_found'] },
    },
  },
};
