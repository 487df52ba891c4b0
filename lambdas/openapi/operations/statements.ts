/** Signed statements of closed months. */
import type { Answer, Group } from '../operation.ts';
import { object, ref, text } from '../schema.ts';

const JWS = 'eyJhbGciOiJSUzI1NiIsInR5cCI6InVzYWdlLXN0YXRlbWVudCtqd3QifQ.eyJzdWIiOiJyZWFkZXIifQ.c2lnbmF0dXJl';

const statement: Answer = {
  description: 'The statement: a compact JWS, in JSON where `Accept` names that.',
  content: {
    'application/jose': { schema: text('RFC 7515.'), example: JWS },
    'application/json': { schema: ref('Statement'), example: { statement: JWS } },
  },
};

const headers = {
  Accept: {
    description: 'The form of the answer.',
    schema: { enum: ['application/jose', 'application/json'], default: 'application/jose' },
  },
};

export const statements: Group = {
  tag: { name: 'Statements', description: 'The month of a client, signed: it verifies with the JWKS alone.' },
  schemas: { Statement: object({ statement: text('A compact JWS.') }) },
  operations: {
    'GET /usage/statements/{month}': {
      id: 'getStatement',
      security: [{ apiKey: [] }, { basic: [] }, { clientAssertion: [] }],
      headers,
      answers: { 200: statement },
      errors: { 404: ['nothing_recorded'], 409: ['month_not_closed'] },
    },
    'GET /admin/usage/statements/{clientId}/{month}': {
      id: 'getStatementOfClient',
      headers,
      answers: { 200: statement },
      errors: {
        400: ['invalid_month'],
        404: ['unknown_client', 'nothing_recorded'],
        409: ['month_not_closed'],
        503: ['month_is_changing'],
      },
      store: 'ledger',
    },
  },
};
