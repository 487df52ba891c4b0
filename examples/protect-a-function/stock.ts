/** The function that is protected: how many of a product are in stock. It runs only for a caller who may. */
import { type Handler, json, problem, protectOwn } from '../../lambdas/index.ts';
import { routes } from './routes.ts';

const stock = new Map([['lamp', 12]]);

export const handler: Handler = protectOwn('stock', routes, async ({ pathParameters }, caller) => {
  const count = stock.get(pathParameters?.name ?? '');
  if (count !== undefined) return json(200, { in_stock: count, asked_by: caller.sub });
  return problem({ status: 404, code: 'no_such_product', title: 'Not found', detail: 'Ask for lamp.' });
});
