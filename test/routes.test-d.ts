/**
 * What must not compile in `lambdas/routes.ts`: the compiler reads this file, nobody runs it. A line below
 * `@ts-expect-error` that does compile is an error itself. A folder that is missing needs no line here: it is an import
 * that does not resolve, which the import rules would find in this file, too.
 */
import { byHandler, free, perCall, perKilobyteOut } from '../lambdas/domain/ledger/price.ts';
import { on, token } from '../lambdas/routes.ts';

type Products = typeof import('../lambdas/functions/products/index.ts');

/** The line that all others differ from in one thing. */
on<Products>('products', 'GET /x/{id}', token({ anyOf: ['read:products'] }), 1, 'compiles');

// @ts-expect-error a scope that there is not
on<Products>('products', 'GET /x', token({ anyOf: ['read:prodcts'] }), 1, '');

// @ts-expect-error a scope that there is not, among all of several
on<Products>('products', 'GET /x', token({ allOf: ['read:products', 'admin'] }), 1, '');

const own = { pathParameter: 'id', claim: 'sub' } as const;
on<Products>('products', 'GET /x/{id}', token({ own: { ...own, orScope: 'read:users' } }), 1, 'compiles');

// @ts-expect-error a scope that there is not, in a rule over claims
on<Products>('products', 'GET /x/{id}', token({ own: { ...own, orScope: 'read:user' } }), 1, '');

// @ts-expect-error a rule that there is not
on<Products>('products', 'GET /x', token({ noneOf: ['read:products'] }), 1, '');

// @ts-expect-error a module that exports no handler
on<typeof import('../lambdas/functions/products/handler.ts')>('products', 'GET /x', token(), 1, '');

// @ts-expect-error no module at all
on('products', 'GET /x', token(), 1, '');

// @ts-expect-error a method that there is not
on<Products>('products', 'FETCH /x', token(), 1, '');

// @ts-expect-error a path without its slash
on<Products>('products', 'GET x', token(), 1, '');

// @ts-expect-error a price that is no number
on<Products>('products', 'GET /x', token(), '1', '');

for (const price of [free, perCall(1), { ...perCall(1), ...perKilobyteOut(2) }, byHandler]) {
  on<Products>('products', 'GET /x', token(), price, 'compiles');
}
const from = '2027-01-01T00:00:00Z';
on<Products>('products', 'GET /x', token(), [perCall(1), { from, ...byHandler }], 'compiles');

// @ts-expect-error prices without one for the first call
on<Products>('products', 'GET /x', token(), [], '');

// @ts-expect-error a second price without a start
on<Products>('products', 'GET /x', token(), [perCall(1), perCall(2)], '');

// @ts-expect-error a start that is no text
on<Products>('products', 'GET /x', token(), [perCall(1), { from: new Date(0), ...perCall(2) }], '');

// @ts-expect-error a part that there is not
on<Products>('products', 'GET /x', token(), { perMonth: 1 }, '');

// @ts-expect-error a handler that does not set the price
on<Products>('products', 'GET /x', token(), { byHandler: false }, '');
