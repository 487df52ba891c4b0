/** This document, and the page that shows it. */
import type { Group } from '../operation.ts';
import { object, text } from '../schema.ts';

const cached = {
  'If-None-Match': {
    description: 'The entity tag of the copy that one has.',
    schema: text(),
    example: '"p3k0Zq"',
  },
};

export const docs: Group = {
  tag: { name: 'Documentation', description: 'This document, and a page that shows it.' },
  operations: {
    'GET /openapi.json': {
      id: 'getOpenApiDocument',
      headers: cached,
      answers: {
        200: {
          description: 'This document.',
          content: {
            'application/openapi+json': {
              schema: object(
                { openapi: text(), info: { type: 'object' }, paths: { type: 'object' } },
                { additionalProperties: true },
              ),
              example: { openapi: '3.1.1', info: { title: 'Tollgate', version: '0.1.0' }, paths: {} },
            },
          },
          headers: ['ETag'],
        },
        304: { description: 'The copy that one has is still the same.', headers: ['ETag'] },
      },
      errors: { 404: ['not_found'] },
    },
    'GET /docs': {
      id: 'getDocumentationPage',
      headers: cached,
      answers: {
        200: {
          description: 'A page for people.',
          content: { 'text/html': { schema: text(), example: '<!doctype html>' } },
          headers: ['ETag'],
        },
        304: { description: 'The copy that one has is still the same.', headers: ['ETag'] },
      },
      errors: { 404: ['not_found'] },
    },
    'GET /docs/{file}': {
      id: 'getDocumentationFile',
      headers: cached,
      answers: {
        200: {
          description: 'A script or a style sheet of the page. It never changes: its name has its hash.',
          content: {
            'text/javascript': { schema: text(), example: 'globalThis' },
            'text/css': { schema: text(), example: ':root {}' },
          },
          headers: ['ETag'],
        },
        304: { description: 'The copy that one has is still the same.', headers: ['ETag'] },
      },
      errors: { 404: ['not_found'] },
    },
  },
};
