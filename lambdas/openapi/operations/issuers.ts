/** Whose tokens are trusted. */

import { mappingRules } from '../../domain/trust/mapping-registration.ts';
import { trustRules, trustSchema } from '../../domain/trust/trust-registration.ts';
import type { Group } from '../operation.ts';
import { conditions, ifMatch, next, paging } from '../parameters.ts';
import { inJson, list, memberCodes, object, ref, schemaOf, text } from '../schema.ts';

const trust = schemaOf(trustSchema, trustRules);

const github = {
  issuer: 'https://token.actions.githubusercontent.com',
  mappings: [
    {
      match: { repository_id: '1296269', ref: 'refs/heads/main' },
      client_id: 'build',
      subject: 'github:{repository}',
      scope: 'read:products',
    },
  ],
};

const kept = {
  ...github,
  ...{ state: 'active', algorithms: ['RS256'], audiences: ['https://api.example.org'], single_use: true },
  mappings: github.mappings.map((mapping) => ({
    ...mapping,
    match: { repository_id: ['1296269'], ref: ['refs/heads/main'] },
    ...{ roles: [], claims: {} },
  })),
};

export const issuers: Group = {
  tag: { name: 'Trusted issuers', description: 'Whose tokens are taken for ours, and what becomes of them.' },
  schemas: {
    TrustedIssuer: trust,
    TrustedIssuers: object({ issuers: list(ref('TrustedIssuer')), 'next?': next }),
  },
  operations: {
    'GET /admin/issuers': {
      id: 'listIssuers',
      query: paging(50, 80),
      answers: {
        200: inJson('A page of them.', ref('TrustedIssuers'), { issuers: [kept] }, ['Link']),
      },
      errors: { 400: ['unknown_parameter', 'invalid_limit', 'invalid_cursor'] },
    },
    'PUT /admin/issuers': {
      id: 'setIssuer',
      headers: conditions,
      description:
        'The record is replaced as a whole. `warnings` of the answer say what of it comes to nothing.',
      body: { schema: ref('TrustedIssuer'), examples: { githubActions: github } },
      answers: {
        200: inJson('It was changed.', ref('TrustedIssuer'), kept, ['ETag']),
        201: inJson('It is new.', ref('TrustedIssuer'), kept, ['ETag']),
      },
      errors: {
        400: [
          ...memberCodes(trust, 'etag', 'warnings'),
          ...Object.keys(mappingRules).map((member) => `invalid_${member}` as const),
          ...(['unknown_scope', 'unknown_role', 'unknown_client'] as const),
        ],
        412: ['changed_meanwhile'],
      },
    },
    'DELETE /admin/issuers': {
      id: 'removeIssuer',
      headers: { 'If-Match': ifMatch },
      query: {
        issuer: {
          description: 'Its exact name.',
          schema: text(),
          required: true,
          example: 'https://token.actions.githubusercontent.com',
        },
      },
      answers: { 204: { description: 'It is trusted no more.' } },
      errors: { 400: ['invalid_issuer'], 404: ['unknown_issuer'], 412: ['changed_meanwhile'] },
    },
  },
};
