/**
 * Every route of the API, as data. The gateway's routes, the authorizer's scopes, prices, permissions and the
 * table in the README come from here. A route of your own is one line here and a folder in `functions/`.
 *
 * Nothing in this file runs anything: `lib/` reads it while it synthesizes, the guard while it serves.
 */
import type { Access, TokenAccess } from './domain/access.ts';
import type { MicroDollars } from './domain/money.ts';

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
  /** What one admitted call is booked at. */
  price: MicroDollars;
  summary: string;
}

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
  on<typeof import('./functions/introspect/index.ts')>('introspect', 'POST /oauth2/introspect', client, 0, 'Is this token active? (RFC 7662)'),
  on<typeof import('./functions/revoke/index.ts')>('revoke', 'POST /oauth2/revoke', client, 0, 'Revoke a token of one’s own (RFC 7009)'),
  on<typeof import('./functions/discovery/index.ts')>('discovery', 'GET /.well-known/openid-configuration', open, 0, 'Discovery document, OpenID form'),
  on<typeof import('./functions/discovery/index.ts')>('discovery', 'GET /.well-known/oauth-authorization-server', open, 0, 'Discovery document (RFC 8414)'),
  on<typeof import('./functions/discovery/index.ts')>('discovery', 'GET /.well-known/jwks.json', open, 0, 'Public signing keys (RFC 7517)'),
  on<typeof import('./functions/protected-resource/index.ts')>('protected-resource', 'GET /protected-resource', token(), 10, 'Sample: who is calling'),
  on<typeof import('./functions/products/index.ts')>('products', 'GET /products/{name}', token({ anyOf: ['read:products'] }), 50, 'Sample: read a product'),
  on<typeof import('./functions/products/index.ts')>('products', 'POST /products', token({ anyOf: ['write:products'] }), 200, 'Sample: create a product'),
  on<typeof import('./functions/profile/index.ts')>('profile', 'GET /users/{userId}/profile', token({ own: { pathParameter: 'userId', claim: 'sub', orScope: 'read:users' } }), 20, 'Sample: one’s own profile, or anyone’s with the scope'),
  on<typeof import('./functions/usage/index.ts')>('usage', 'GET /usage', token({ anyOf: ['read:usage', 'read:usage:all'] }), 0, 'Calls and their cost: one’s own, or anyone’s with the scope'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /usage/tokens/{jti}', token({ anyOf: ['read:usage', 'read:usage:all'] }), 0, 'Where a token came from, what it did, what that cost'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /usage/credentials/{credentialId}', token({ anyOf: ['read:usage', 'read:usage:all'] }), 0, 'The tokens of a credential'),
  on<typeof import('./functions/lineage/index.ts')>('lineage', 'GET /usage/transactions/{txn}', token({ anyOf: ['read:usage', 'read:usage:all'] }), 0, 'The tokens of a transaction'),
  on<typeof import('./functions/statements/index.ts')>('statements', 'GET /usage/statements/{month}', client, 0, 'The signed statement of a closed month, one’s own'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'POST /admin/clients', operator, 0, 'Create a client'),
  on<typeof import('./functions/clients/index.ts')>('clients', 'POST /admin/clients/{clientId}/credentials', operator, 0, 'Add a credential, or replace one with an overlap'),
  on<typeof import('./functions/issuers/index.ts')>('issuers', 'GET /admin/issuers', operator, 0, 'List the trusted issuers'),
  on<typeof import('./functions/issuers/index.ts')>('issuers', 'PUT /admin/issuers', operator, 0, 'Trust an issuer, or change how'),
  on<typeof import('./functions/issuers/index.ts')>('issuers', 'DELETE /admin/issuers', operator, 0, 'Trust an issuer no more'),
  on<typeof import('./functions/budgets/index.ts')>('budgets', 'GET /admin/budgets', operator, 0, 'List the budgets, and what was spent of them'),
  on<typeof import('./functions/budgets/index.ts')>('budgets', 'PUT /admin/budgets', operator, 0, 'Set the budget of a client or a tenant'),
  on<typeof import('./functions/budgets/index.ts')>('budgets', 'DELETE /admin/budgets', operator, 0, 'Take a budget away'),
  on<typeof import('./functions/statements/index.ts')>('statements', 'GET /admin/usage/statements/{clientId}/{month}', operator, 0, 'The signed statement of a closed month, any client’s'),
  on<typeof import('./functions/closing/index.ts')>('closing', 'POST /admin/usage/closings', operator, 0, 'Close the hours that are due, and look at the budgets'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'GET /admin/usage/closings', operator, 0, 'The chain of closed hours'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'GET /admin/usage/closings/{hour}', operator, 0, 'An hour counted anew, to compare with the chain'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'POST /admin/usage/records', operator, 0, 'Book records that were not booked when they should have been'),
  on<typeof import('./functions/bookkeeping/index.ts')>('bookkeeping', 'POST /admin/usage/missing', operator, 0, 'Which of these calls have no record'),
];

/** @returns the route of a route key, as the gateway names it in `event.routeKey`. */
export const routeOf = (key: string): Route | undefined => routes.find((route) => route.key === key);

/**
 * The type parameter is the module that serves the route, so that a folder that is missing, or exports no
 * `handler`, does not compile. It is a type only: no function ends up in the bundle of another.
 */
export function on<Module extends { handler: unknown } = never>(
  folder: [Module] extends [never] ? never : string,
  key: Route['key'],
  access: Route['access'],
  price: MicroDollars,
  summary: string,
): Route {
  return { key, function: folder, access, price, summary };
}
