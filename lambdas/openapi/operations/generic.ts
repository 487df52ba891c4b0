/**
 * What is said of a route of one's own that nobody has described: everything that `routes.ts` and the guard know. An
 * operation in a file beside this one says more.
 */
import type { Route } from '../../routes.ts';
import type { Operation } from '../operation.ts';

export const generic = {
  tag: { name: 'More', description: 'Routes that are described by their table alone.' },
  operation: ({ key, access }: Route): Operation => ({
    id: idOf(key),
    ...(/^(?:POST|PUT|PATCH) /.test(key) && {
      body: { schema: {}, examples: { any: {} }, optional: true },
    }),
    answers: {
      200: {
        description: 'Done.',
        content: { 'application/json': { schema: {}, example: {} } },
      },
    },
    errors:
      access.kind === 'open' ? { 404: ['not_found'] } : { 400: ['invalid_request'], 404: ['not_found'] },
  }),
};

/** `GET /orders/{orderId}` is `getOrdersOrderId`. */
const idOf = (key: string): string =>
  key
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
    )
    .join('');
