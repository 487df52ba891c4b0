/**
 * Every route of the API, as data. The gateway's routes, the authorizer's scopes, prices, permissions and the
 * table in the README come from here. A route of your own is one line here and a folder in `functions/`.
 *
 * A price is a number of micro-dollars for each call, or of these, which add up:
 *
 *     free
 *     perCall(50)                                  $0.000050
 *     { ...perCall(50), ...perKilobyteOut(2) }     and $0.000002 for each started 1,000 bytes of the answer's body
 *     byHandler                                    what the handler says by `meter.charge(microDollars)`
 *
 * To change a price, leave the old one where it is and add the new one with its start, which lies ahead:
 *
 *     [perCall(50), { from: '2027-01-01T00:00:00Z', ...perCall(60), ...perKilobyteOut(2) }]
 *
 * and deploy before that. The gateway's time of a call decides, to the millisecond, and its record keeps what it cost
 * and the start of its price: what is booked never changes. So a start in the past is in force from the deployment on.
 *
 * Nothing in this file runs anything: `lib/` reads it while it synthesizes, the guard while it serves.
 */
import type { Access, TokenAccess } from './domain/access.ts';
import {
  byHandler,
  free,
  type PriceBook,
  type Pricing,
  perCall,
  perKilobyteOut,
  priceBook,
} from './domain/ledger/price.ts';

export { gatewayScopes } from './domain/access.ts';

/** Every scope there is, and what it lets its holder do. A name that is not here does not compile. */
export const scopes = {
  'read:products': 'Read products',
  'write:products': 'Create products',
  'read:users': "Read any user's profile",
  'read:usage': 'Read the calls of the caller and what they cost',
  'read:usage:all': "Read anyone's calls and what they cost",
  'introspect:tokens': 'Introspect tokens that were issued to other clients',
} as const;

export type ScopeName = keyof typeof scopes;

/** What each role amounts to. A client has the scopes of its roles on top of its own. */
export const roles = {
  catalogue: ['read:products', 'write:products'],
  support: ['read:products', 'read:users'],
} as const satisfies Record<string, readonly ScopeName[]>;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route {
  /** The gateway's route key, `METHOD /path/{parameter}`. */
  key: `${Method} /${string}`;
  /** The folder in `functions/` that serves it. */
  function: string;
  access: Access<ScopeName>;
  /** What an admitted call costs, and from when on. */
  price: PriceBook;
  summary: string;
}

/** A route behind a token, in a table of one's own. */
export type ProtectedRoute = Pick<Route, 'key' | 'price'> & { access: TokenAccess<ScopeName> };

/** Anyone may call it. */
const open: Access<ScopeName> = { kind: 'open' };
/** The function itself authenticates the client, by its credentials. */
const client: Access<ScopeName> = { kind: 'client' };
/** Whoever holds AWS credentials that may call it (SigV4, IAM). */
const operator: Access<ScopeName> = { kind: 'operator' };
/** Whoever holds a valid token, and what `rule` asks for on top. */
export const token = (rule: Partial<Omit<TokenAccess<ScopeName>, 'kind'>> = {}): Access<ScopeName> => ({
  kind: 'token',
  anyOf: [],
  allOf: [],
  ...rule,
});

// biome-ignore format: a table, one line a route
export const routes: readonly Route[] = [
  on<typeof import('./functions/login/index.ts')>('login', 'POST /auth', client, 100, 'Log in: an API key or Basic for a token'),
  on<typeof import('./functions/token/index.ts')>('token', 'POST /oauth2/token', client, 100, 'Token endpoint (RFC 6749, RFC 8693, RFC 7523)'),
  on<typeof import('./functions/introspect/index.ts')>('introspect', 'POST /oauth2/introspect', client, free, 'Is this token active? (RFC 7662)'),
  on<typeof import('./functions/revoke/index.ts')>('revoke', 'POST /oauth2/revoke', client, free, 'Revoke a token of one’s own (RFC 7009)'),
  on<typeof import('./functions/discovery/index.ts')>('discovery', 'GET /.well-known/openid-configuration', open, free, 'Discovery document, OpenID form'),
  on<typeof import('./functions/discovery/index.ts')>('discovery', 'GET /.well-known/oauth-authorization-server', open, free, 'Discovery document (RFC 8414)'),
  on<typeof import('./functions/discovery/index.ts')>('discovery', 'GET /.well-known/jwks.json', open, free, 'Public signing keys (RFC 7517)'),
  on<typeof import('./functions/protected-resource/index.ts')>('protected-resource', 'GET /protected-resource', token(), 10, 'Sample: who is calling'),
  on<typeof import('./functions/products/index.ts')>('products', 'GET /products/{name}', token({ anyOf: ['read:products'] }), { ...perCall(48), ...perKilobyteOut(2) }, 'Sample: read a product'),
  on<typeof import('./functions/products/index.ts')>('products', 'POST /products', token({ anyOf: ['write:products'] }), byHandler, 'Sample: create a product'),
  on<typeof import('./functions/profile/index.ts')>('profile', 'GET /users/{userId}/profile', token({ own: { pathParameter: 'userId', claim: 'sub', orScope: 'read:users' } }), 20, 'Sample: one’s own profile, or anyone’s with the scope'),
  on<typeof import('./functions/usage/index.ts')>('usage', 'GET /usage', token({ anyOf: ['read:usage', 'read:usage:all'] }), free, 'Calls and their cost: one’s own, or anyone’s with the scope'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /usage/tokens/{jti}', token({ anyOf: ['read:usage', 'read:usage:all'] }), free, 'Where a token came from, what it did, what that cost'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /usage/credentials/{credentialId}', token({ anyOf: ['read:usage', 'read:usage:all'] }), free, 'The tokens of a credential'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /usage/transactions/{txn}', token({ anyOf: ['read:usage', 'read:usage:all'] }), free, 'The tokens of a transaction'),
  on<typeof import('./functions/statements/index.ts')>('statements', 'GET /usage/statements/{month}', client, free, 'The signed statement of a closed month, one’s own'),
  on<typeof import('./functions/openapi/index.ts')>('openapi', 'GET /openapi.json', open, free, 'This API as an OpenAPI 3.1 document'),
  on<typeof import('./functions/openapi/index.ts')>('openapi', 'GET /docs', open, free, 'The same as a page'),
  on<typeof import('./functions/openapi/index.ts')>('openapi', 'GET /docs/{file}', open, free, 'What the page is made of'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'GET /admin/clients', operator, free, 'List the clients'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'POST /admin/clients', operator, free, 'Create a client'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'GET /admin/clients/{clientId}', operator, free, 'Show a client'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'PATCH /admin/clients/{clientId}', operator, free, 'Change a client, disable or enable it'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'DELETE /admin/clients/{clientId}', operator, free, 'Delete a client, and revoke its tokens'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'GET /admin/clients/{clientId}/credentials', operator, free, 'List the credentials of a client'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'POST /admin/clients/{clientId}/credentials', operator, free, 'Add a credential, or replace one with an overlap'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'PATCH /admin/clients/{clientId}/credentials/{credentialId}', operator, free, 'Disable or enable a credential, or end it at a time'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'DELETE /admin/clients/{clientId}/credentials/{credentialId}', operator, free, 'End a credential, and revoke its tokens'),
  on<typeof import('./functions/imports/index.ts')>('imports', 'POST /admin/imports', operator, free, 'Create clients that another system had, with the hashes of their secrets'),
  on<typeof import('./functions/roles/index.ts')>('roles', 'GET /admin/roles', operator, free, 'List the roles'),
  on<typeof import('./functions/roles/index.ts')>('roles', 'PUT /admin/roles/{role}', operator, free, 'Set what a role amounts to'),
  on<typeof import('./functions/roles/index.ts')>('roles', 'DELETE /admin/roles/{role}', operator, free, 'Remove a role that no client has'),
  on<typeof import('./functions/issuers/index.ts')>('issuers', 'GET /admin/issuers', operator, free, 'List the trusted issuers'),
  on<typeof import('./functions/issuers/index.ts')>('issuers', 'PUT /admin/issuers', operator, free, 'Trust an issuer, or change how'),
  on<typeof import('./functions/issuers/index.ts')>('issuers', 'DELETE /admin/issuers', operator, free, 'Trust an issuer no more'),
  on<typeof import('./functions/budgets/index.ts')>('budgets', 'GET /admin/budgets', operator, free, 'List the budgets, and what was spent of them'),
  on<typeof import('./functions/budgets/index.ts')>('budgets', 'PUT /admin/budgets', operator, free, 'Set the budget of a client or a tenant'),
  on<typeof import('./functions/budgets/index.ts')>('budgets', 'DELETE /admin/budgets', operator, free, 'Take a budget away'),
  on<typeof import('./functions/prices/index.ts')>('prices', 'GET /admin/prices', operator, free, 'List the prices of all routes, past and coming'),
  on<typeof import('./functions/prices/index.ts')>('prices', 'PUT /admin/prices', operator, free, 'Set the price of a route from a time on'),
  on<typeof import('./functions/prices/index.ts')>('prices', 'DELETE /admin/prices', operator, free, 'Take back a price that is not in force yet'),
  on<typeof import('./functions/revocations/index.ts')>('revocations', 'POST /admin/revocations', operator, free, 'Revoke a token, or all tokens of something'),
  on<typeof import('./functions/revocations/index.ts')>('revocations', 'GET /admin/revocations', operator, free, 'Is this revoked, since when and why?'),
  on<typeof import('./functions/leaks/index.ts')>('leaks', 'POST /admin/leaks', operator, free, 'A secret has leaked: end it, revoke its tokens, tell what it did'),
  on<typeof import('./functions/rotation/index.ts')>('rotation', 'GET /admin/keys', operator, free, 'List the signing keys'),
  on<typeof import('./functions/rotation/index.ts')>('rotation', 'POST /admin/keys/rotations', operator, free, 'Rotate the signing keys now, or drop a lost one'),
  on<typeof import('./functions/audit/index.ts')>('audit', 'GET /admin/audit', operator, free, 'Who changed what'),
  on<typeof import('./functions/usage/index.ts')>('usage', 'GET /admin/usage', operator, free, 'Calls and their cost, anyone’s'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /admin/usage/tokens/{jti}', operator, free, 'Where a token came from, what it did, what that cost'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /admin/usage/credentials/{credentialId}', operator, free, 'The tokens of a credential'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /admin/usage/transactions/{txn}', operator, free, 'The tokens of a transaction'),
  on<typeof import('./functions/statements/index.ts')>('statements', 'GET /admin/usage/statements/{clientId}/{month}', operator, free, 'The signed statement of a closed month, any client’s'),
  on<typeof import('./functions/closing/index.ts')>('closing', 'POST /admin/usage/closings', operator, free, 'Close the hours that are due, and look at the budgets'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'GET /admin/usage/closings', operator, free, 'The chain of closed hours'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'GET /admin/usage/closings/{hour}', operator, free, 'An hour counted anew, to compare with the chain'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'POST /admin/usage/records', operator, free, 'Book records that were not booked when they should have been'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'POST /admin/usage/missing', operator, free, 'Which of these calls have no record'),
];

/** @returns the route of a route key, as the gateway names it in `event.routeKey`. */
export const routeOf = (key: string): Route | undefined => routes.find((route) => route.key === key);

/** @returns the prices of a route. @throws Error where there is none of this key */
export function priceOf(key: Route['key']): PriceBook {
  const route = routeOf(key);
  if (route === undefined) throw new Error(`no route ${key}`);
  return route.price;
}

/**
 * The type parameter is the module that serves the route, so that a folder that is missing, or exports no
 * `handler`, does not compile. It is a type only: no function ends up in the bundle of another.
 *
 * @param price micro-dollars for each call, or whatever the head of this file shows
 * @throws TypeError that names the route, where its prices cannot be: it ends the start and the synthesis
 */
export function on<Module extends { handler: unknown } = never>(
  folder: [Module] extends [never] ? never : string,
  key: Route['key'],
  access: Route['access'],
  price: Pricing,
  summary: string,
): Route {
  return { key, function: folder, access, price: bookOf(key, price), summary };
}

function bookOf(key: string, price: Pricing): PriceBook {
  try {
    return priceBook(price);
  } catch (error) {
    throw new TypeError(`the price of ${key}: ${error instanceof Error ? error.message : ''}`);
  }
}
