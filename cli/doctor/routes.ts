/**
 * Which routes a deployment has. Seen from outside it does not tell; those of Tollgate itself stand here, and a
 * test keeps them equal to the table that they are deployed from.
 */
export interface KnownRoute {
  /** Method and path as the gateway names them, such as `GET /products/{name}`. */
  key: string;
  access: RouteAccess;
  /** Whether it has to be there: somebody named it. A sample that was taken out is no mistake. */
  certain: boolean;
}

/** `open` to anyone; by `client` authentication; by `token`; by an `operator`'s signature; `other`: nobody here knows. */
export type RouteAccess = 'open' | 'client' | 'token' | 'operator' | 'other';

const OWN: readonly (readonly [key: string, access: RouteAccess])[] = [
  ['POST /auth', 'client'],
  ['POST /oauth2/token', 'client'],
  ['POST /oauth2/introspect', 'client'],
  ['POST /oauth2/revoke', 'client'],
  ['GET /.well-known/openid-configuration', 'open'],
  ['GET /.well-known/oauth-authorization-server', 'open'],
  ['GET /.well-known/jwks.json', 'open'],
  ['GET /protected-resource', 'token'],
  ['GET /products/{name}', 'token'],
  ['POST /products', 'token'],
  ['GET /users/{userId}/profile', 'token'],
  ['GET /usage', 'token'],
  ['GET /usage/tokens/{jti}', 'token'],
  ['GET /usage/credentials/{credentialId}', 'token'],
  ['GET /usage/transactions/{txn}', 'token'],
  ['GET /usage/statements/{month}', 'client'],
  ['GET /openapi.json', 'open'],
  ['GET /docs', 'open'],
  ['GET /docs/{file}', 'open'],
  ['GET /admin/clients', 'operator'],
  ['POST /admin/clients', 'operator'],
  ['GET /admin/clients/{clientId}', 'operator'],
  ['PATCH /admin/clients/{clientId}', 'operator'],
  ['DELETE /admin/clients/{clientId}', 'operator'],
  ['GET /admin/clients/{clientId}/credentials', 'operator'],
  ['POST /admin/clients/{clientId}/credentials', 'operator'],
  ['PATCH /admin/clients/{clientId}/credentials/{credentialId}', 'operator'],
  ['DELETE /admin/clients/{clientId}/credentials/{credentialId}', 'operator'],
  ['POST /admin/imports', 'operator'],
  ['GET /admin/roles', 'operator'],
  ['PUT /admin/roles/{role}', 'operator'],
  ['DELETE /admin/roles/{role}', 'operator'],
  ['GET /admin/issuers', 'operator'],
  ['PUT /admin/issuers', 'operator'],
  ['DELETE /admin/issuers', 'operator'],
  ['GET /admin/budgets', 'operator'],
  ['PUT /admin/budgets', 'operator'],
  ['DELETE /admin/budgets', 'operator'],
  ['GET /admin/prices', 'operator'],
  ['PUT /admin/prices', 'operator'],
  ['DELETE /admin/prices', 'operator'],
  ['POST /admin/revocations', 'operator'],
  ['GET /admin/revocations', 'operator'],
  ['POST /admin/leaks', 'operator'],
  ['GET /admin/keys', 'operator'],
  ['POST /admin/keys/rotations', 'operator'],
  ['GET /admin/audit', 'operator'],
  ['GET /admin/usage', 'operator'],
  ['GET /admin/usage/tokens/{jti}', 'operator'],
  ['GET /admin/usage/credentials/{credentialId}', 'operator'],
  ['GET /admin/usage/transactions/{txn}', 'operator'],
  ['GET /admin/usage/statements/{clientId}/{month}', 'operator'],
  ['POST /admin/usage/closings', 'operator'],
  ['GET /admin/usage/closings', 'operator'],
  ['GET /admin/usage/closings/{hour}', 'operator'],
  ['POST /admin/usage/records', 'operator'],
  ['POST /admin/usage/missing', 'operator'],
];

/** Tollgate's own routes and its samples. */
export const ownRoutes: readonly KnownRoute[] = OWN.map(([key, access]) => ({ key, access, certain: false }));

/** @returns the routes, and those that `keys` names as protected ones: on top, or in place of what was assumed. */
export const withProtected = (
  routes: readonly KnownRoute[],
  keys: readonly string[],
): readonly KnownRoute[] => [
  ...routes.filter(({ key }) => !keys.includes(key)),
  ...[...new Set(keys)].map((key) => ({ key, access: 'token' as const, certain: true })),
];

/**
 * @param key such as `ANY /orders/{id}`, `GET /files/{path+}` or `$default`
 * @returns method and path of a request that the gateway gives to this route
 */
export function requestTo(key: string): string {
  if (key === '$default') return `GET /${SAMPLE}`;
  const [method = 'GET', path = '/'] = key.split(' ');
  return `${method === 'ANY' ? 'GET' : method} ${path.replace(/\{[^}]*\}/g, SAMPLE)}`;
}

/** Stands for each parameter of a path: nothing has this name. */
const SAMPLE = 'tollgate-doctor';
