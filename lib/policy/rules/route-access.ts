/** Who may call a route has to be said, and must not stand in the way of preflights. */
import { HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Cloud } from '../cloud.ts';
import { type GatewayRoute, gatewayRoutes } from '../gateway.ts';
import type { Problem, Rule } from '../rule.ts';

const decide =
  'Give it an authorizer, HttpIamAuthorizer, or HttpNoneAuthorizer if it is meant to be open to everyone.';

/**
 * Every route says who may call it. `HttpRoute` writes NONE for a route that was given no authorizer at all, so
 * the template alone does not tell what was meant from what was forgotten.
 */
export const routeAccess: Rule = {
  id: 'Tollgate-RouteAccess',
  check: (cloud) => [...gatewayRoutes(cloud).flatMap(undecided), ...routesElsewhere(cloud)],
};

function undecided({ resource, key, authorization, authorizer }: GatewayRoute): Problem[] {
  const at = resource.construct;
  const problem = (wrong: string): Problem[] => [{ at, property: 'AuthorizationType', wrong, fix: decide }];
  switch (authorization) {
    case 'NONE':
      return wasChosen(resource.construct.node.scope) ? [] : problem(`Nothing says who may call ${key}.`);
    case 'AWS_IAM':
      return [];
    case 'JWT':
    case 'CUSTOM':
      return authorizer === undefined && resource.properties.AuthorizerId === undefined
        ? problem(`${key} asks for ${authorization} and names no authorizer.`)
        : [];
    case undefined:
      return problem(`Nothing says who may call ${key}.`);
    default:
      return problem(`${key} asks for ${authorization}, which HTTP APIs do not know.`);
  }
}

/** @returns whether `NONE` was written by someone: an authorizer was given, or the route is one of the lowest level. */
const wasChosen = (route: unknown): boolean =>
  !(route instanceof HttpRoute) || Reflect.get(route, 'authBindResult') !== undefined;

function routesElsewhere(cloud: Cloud): Problem[] {
  return cloud.ofType('AWS::ApiGatewayV2::Api').flatMap(({ construct: at, properties }) => {
    const quick = properties.Target !== undefined;
    const property = ['Target', 'Body', 'BodyS3Location'].find((name) => properties[name] !== undefined);
    if (property === undefined) return [];
    const wrong = quick
      ? 'Quick create makes a $default route that everyone may call.'
      : 'The routes of this API are in an OpenAPI document, where nothing checks who may call them.';
    return [{ at, property, wrong, fix: 'Make its routes in the app, each with its own authorizer.' }];
  });
}

/** A browser's preflight has no token: an authorizer in front of it refuses every cross-origin call. */
export const preflight: Rule = {
  id: 'Tollgate-Preflight',
  check: (cloud) =>
    gatewayRoutes(cloud)
      .filter(({ key }) => /^(OPTIONS|ANY) |^\$default$/.test(key))
      .filter(({ authorization }) => authorization !== undefined && authorization !== 'NONE')
      .map(({ resource, key, authorization }) => ({
        at: resource.construct,
        property: 'RouteKey',
        wrong: `${key} also catches preflights (OPTIONS), which have no credentials, and asks them for ${authorization}.`,
        fix: 'Name the methods one by one, and leave OPTIONS to the CORS configuration of the API.',
      })),
};
