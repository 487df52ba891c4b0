/** What stands in the paths, and the parameters that several routes have. */
import type { HeaderName, Parameter, Schema } from './operation.ts';
import { text } from './schema.ts';

const id = (description: string, example: string, more: Schema = {}): Parameter => ({
  ...{ description, schema: text(undefined, { minLength: 1, ...more }), example },
});

/** By their names in the paths of `routes.ts`; one that is not here is any text. */
export const pathParameters: Readonly<Record<string, Parameter>> = {
  clientId: id('The id of a client.', 'reader'),
  credentialId: id('The id of a credential: of a public key, its `kid`.', '4kz81x0p'),
  file: id('A file that the page names.', 'page.js'),
  hour: id('A UTC hour.', '2026-11-22T03', { pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d$' }),
  jti: id('The `jti` of a token.', '019aa5d0-7c00-7d3e-9b1c-2f6a8e0d4c11'),
  month: id('A UTC month.', '2026-10', { pattern: '^\\d{4}-(?:0[1-9]|1[0-2])$' }),
  name: id('The name of a product.', 'lamp'),
  role: id('The name of a role.', 'catalogue'),
  txn: id('A transaction id: the claim `txn` of a token.', '0b8f3c52-6a1e-4d0f-9c3b-6d1f0a2e7b94'),
  userId: id('The id of a user.', 'alice'),
};

/** @param usual @param most entries of a page */
export const paging = (usual: number, most: number): Readonly<Record<string, Parameter>> => ({
  limit: {
    description: `How many a page has at most, ${usual} by default.`,
    schema: { type: 'integer', minimum: 1, maximum: most, default: usual },
  },
  cursor: {
    description: 'Where the page begins: `next` of the one before it, with the same other parameters.',
    schema: text(),
  },
});

/** The member of an answer that leads on. */
export const next = text('The cursor of the next page; absent on the last one.');

/** RFC 7396; and as plain JSON. */
export const MERGE_PATCH = ['application/merge-patch+json', 'application/json'];

export const ifMatch: Parameter = {
  description: 'The entity tag of what is to be changed, as it was read; `*` for whatever is there.',
  schema: text(),
  example: '"k3v9x1"',
};

export const conditions: Readonly<Record<string, Parameter>> = {
  'If-Match': ifMatch,
  'If-None-Match': { description: '`*`: only where there is none yet.', schema: { const: '*' } },
};

export const idempotencyKey: Parameter = {
  description:
    'Random, and the same where the same request is sent again: within 24 hours it is answered with the very same answer, secrets included. 22 to 128 characters of `A-Z a-z 0-9 _ -`.',
  schema: text(undefined, { pattern: '^[A-Za-z0-9_-]{22,128}$' }),
  example: 'vN3yJq0cB7sT1mKx9dWe5g',
};

export const responseHeaders: Readonly<Record<HeaderName | 'Retry-After' | 'WWW-Authenticate', Schema>> = {
  Authorization: { description: 'The token, as `Bearer <token>`.', schema: text() },
  ETag: { description: 'What `If-Match` takes.', schema: text() },
  Link: { description: 'Leads to the next page, as `<?…>; rel="next"` (RFC 8288).', schema: text() },
  Location: { description: 'Where it is.', schema: text() },
  'Retry-After': { description: 'Seconds until it is worth trying again.', schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'How to authenticate (RFC 6750, RFC 7617).', schema: text() },
};
