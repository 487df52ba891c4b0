/** What API Gateway's JWT authorizers can take, and which scopes there are to ask for. */
import { scopes } from '../../../lambdas/routes.ts';
import type { Cloud } from '../cloud.ts';
import { listOf } from '../cloud.ts';
import { type GatewayRoute, gatewayRoutes, issuerOf, ownIssuers } from '../gateway.ts';
import type { Rule } from '../rule.ts';
import { isKnown } from '../values.ts';

const SCOPES_PER_ROUTE = 10;
const AUDIENCES_PER_AUTHORIZER = 50;

export const scopesPerRoute: Rule = {
  id: 'Tollgate-ScopesPerRoute',
  check: (cloud) =>
    gatewayRoutes(cloud)
      .filter((route) => route.scopes.length > SCOPES_PER_ROUTE)
      .map((route) => ({
        at: route.resource.construct,
        property: 'AuthorizationScopes',
        wrong: `${route.key} asks for one of ${route.scopes.length} scopes, and API Gateway takes ${SCOPES_PER_ROUTE}.`,
        fix: 'Introduce one scope that stands for several, or divide the route.',
      })),
};

export const audiences: Rule = {
  id: 'Tollgate-Audiences',
  check: (cloud) =>
    cloud.ofType('AWS::ApiGatewayV2::Authorizer').flatMap(({ construct: at, properties }) => {
      const { Audience } = (properties.JwtConfiguration ?? {}) as { Audience?: unknown };
      const count = listOf(Audience).length;
      if (count <= AUDIENCES_PER_AUTHORIZER) return [];
      const wrong = `The authorizer takes ${count} audiences, and API Gateway ${AUDIENCES_PER_AUTHORIZER}.`;
      return [{ at, property: 'JwtConfiguration', wrong, fix: 'Let several services share an audience.' }];
    }),
};

/**
 * A scope that no client can have closes the route for good. A client is given scopes by name or by its roles;
 * both are made of the vocabulary, `scopes` in `lambdas/routes.ts`, and registration refuses every other name.
 * So a scope that is in no role is fine, and one that is not in the vocabulary is not.
 */
export const unknownScope: Rule = {
  id: 'Tollgate-UnknownScope',
  check: (cloud) => {
    const own = ownIssuers(cloud);
    return gatewayRoutes(cloud)
      .filter((route) => !isForeign(cloud, route, own))
      .flatMap(({ resource, key, scopes: asked }) => {
        const unknown = asked.filter((scope) => isKnown(scope) && !Object.hasOwn(scopes, scope));
        if (unknown.length === 0) return [];
        return [
          {
            at: resource.construct,
            property: 'AuthorizationScopes',
            wrong: `${key} asks for ${unknown.join(' ')}, which no client and no role can have.`,
            fix: `Ask for one of ${Object.keys(scopes).join(', ')}, or add the scope to lambdas/routes.ts.`,
          },
        ];
      });
  },
};

/** Scopes of another issuer's tokens are that issuer's business. An app without an issuer of its own uses one elsewhere. */
function isForeign(cloud: Cloud, { authorizer }: GatewayRoute, own: ReadonlySet<string>): boolean {
  const issuer = authorizer && issuerOf(cloud, authorizer);
  return own.size > 0 && issuer !== undefined && !own.has(issuer);
}
