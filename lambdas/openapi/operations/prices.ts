/** What calls cost. */
import { priceSettingSchema } from '../../domain/ledger/price-registration.ts';
import type { Group } from '../operation.ts';
import { ifMatch } from '../parameters.ts';
import { flag, inJson, list, memberCodes, micros, object, oneOf, ref, schemaOf, text } from '../schema.ts';

const setting = schemaOf(priceSettingSchema, {
  route: { description: 'A method and a path as the table of routes has them.' },
  from: { description: 'When it begins: in UTC, to the second, at least 15 minutes ahead.' },
  per_call_micro_dollars: { description: 'For each call.' },
  per_kilobyte_out_micro_dollars: { description: 'For each started 1,000 bytes of the answer’s body.' },
  by_handler: { description: 'What the handler says, on top.' },
});

const price = { route: 'GET /products/{name}', from: '2027-01-01T00:00:00Z', per_call_micro_dollars: 60 };

const members = {
  route: text(),
  from: text('When it begins, in UTC.'),
  'per_call_micro_dollars?': micros('For each call.'),
  'per_kilobyte_out_micro_dollars?': micros('For each started 1,000 bytes of the answer’s body.'),
  'by_handler?': flag('What the handler says, on top.'),
};

const headers = {
  'If-Match': { ...ifMatch, description: 'The entity tag of the list: all prices have one.' },
};

export const prices: Group = {
  tag: { name: 'Prices', description: 'What calls cost, from when on. What is booked never changes.' },
  schemas: {
    PriceSetting: setting,
    Price: object(members),
    ListedPrice: object({
      ...members,
      set_by: oneOf(['deployment', 'operator']),
      state: oneOf(['past', 'in_force', 'coming', 'unused'], 'Unused where the route is no more.'),
    }),
  },
  operations: {
    'GET /admin/prices': {
      id: 'listPrices',
      query: {
        route: { description: 'Of one route only.', schema: text(), example: 'GET /products/{name}' },
      },
      answers: {
        200: inJson(
          'A row for each price.',
          object({ prices: list(ref('ListedPrice')) }),
          { prices: [{ ...price, set_by: 'operator', state: 'coming' }] },
          ['ETag'],
        ),
      },
      errors: { 400: ['unknown_parameter'] },
      store: 'ledger',
    },
    'PUT /admin/prices': {
      id: 'setPrice',
      headers: {
        ...headers,
        'If-None-Match': {
          description: '`*`: only where there is none of this route and start.',
          schema: { const: '*' },
        },
      },
      body: { schema: ref('PriceSetting'), examples: { dearer: price } },
      answers: {
        200: inJson('It was changed.', ref('Price'), price, ['ETag']),
        201: inJson('It is new.', ref('Price'), price, ['ETag']),
      },
      errors: {
        400: [...memberCodes(setting), 'unknown_route'],
        409: ['too_many_prices'],
        412: ['changed_meanwhile'],
      },
      store: 'ledger',
    },
    'DELETE /admin/prices': {
      id: 'removePrice',
      query: {
        route: { description: 'Its route.', schema: text(), required: true, example: 'GET /products/{name}' },
        from: {
          description: 'When it begins.',
          schema: text(),
          required: true,
          example: '2027-01-01T00:00:00Z',
        },
      },
      headers,
      answers: { 204: { description: 'It is taken back.', headers: ['ETag'] } },
      errors: {
        400: ['unknown_parameter', 'invalid_route', 'invalid_from'],
        404: ['unknown_price'],
        409: ['price_in_force', 'price_begins_soon'],
        412: ['changed_meanwhile'],
      },
      store: 'ledger',
    },
  },
};
