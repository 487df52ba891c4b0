/** The routes of an app's HTTP APIs, and what is behind them. */
import type { Stack } from 'aws-cdk-lib';
import { type Route, routes } from '../../lambdas/routes.ts';
import { ApiRoutes } from '../api-routes.ts';
import { around, type Cloud, listOf, type Resource } from './cloud.ts';
import { resourceOf, resourcesIn, textOf } from './values.ts';

export interface GatewayRoute {
  resource: Resource;
  /** `METHOD /path`, or `$default`. */
  key: string;
  /** As it deploys; absent where nothing is said. */
  authorization: string | undefined;
  authorizer: Resource | undefined;
  scopes: readonly string[];
  /** The API, where it is in the app. */
  api: Resource | undefined;
  /** The function behind it, where it is in the app. */
  fn: Resource | undefined;
  /** Its line in `lambdas/routes.ts`, if it is one of Tollgate's own. */
  line: Route | undefined;
}

/** WebSocket APIs are left out: there, only `$connect` can have an authorizer. */
export const gatewayRoutes = (cloud: Cloud): GatewayRoute[] =>
  cloud
    .ofType('AWS::ApiGatewayV2::Route')
    .map((resource) => gatewayRoute(cloud, resource))
    .filter(({ api }) => api?.properties.ProtocolType !== 'WEBSOCKET');

function gatewayRoute(cloud: Cloud, resource: Resource): GatewayRoute {
  const { properties, stack } = resource;
  const key = textOf(cloud, properties.RouteKey, stack);
  const [integration] = resourcesIn(cloud, properties.Target, stack);
  return {
    resource,
    key,
    authorization:
      properties.AuthorizationType === undefined ? undefined : String(properties.AuthorizationType),
    authorizer: resourceOf(cloud, properties.AuthorizerId, stack),
    scopes: listOf(properties.AuthorizationScopes).map((scope) => textOf(cloud, scope, stack)),
    api: resourceOf(cloud, properties.ApiId, stack),
    fn: integration && functionOf(cloud, integration.properties.IntegrationUri, integration.stack),
    line: around(resource, ApiRoutes) && routes.find((route) => route.key === key),
  };
}

/** @returns the function that a value leads to, also through a version, an alias or an invocation's path. */
export function functionOf(cloud: Cloud, value: unknown, stack: Stack): Resource | undefined {
  for (const resource of resourcesIn(cloud, value, stack)) {
    if (resource.type === 'AWS::Lambda::Function') return resource;
    if (resource.type === 'AWS::Lambda::Version' || resource.type === 'AWS::Lambda::Alias')
      return functionOf(cloud, resource.properties.FunctionName, resource.stack);
  }
  return undefined;
}

/** @returns how an environment variable of a function will read; `undefined` where it is not set. */
export function variableOf(cloud: Cloud, fn: Resource, name: string): string | undefined {
  const { Variables } = (fn.properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
  const value = Variables?.[name];
  return value === undefined ? undefined : textOf(cloud, value, fn.stack);
}

/** @returns the issuer of a JWT authorizer as it will read; `undefined` for other authorizers. */
export function issuerOf(cloud: Cloud, { properties, stack }: Resource): string | undefined {
  const { Issuer } = (properties.JwtConfiguration ?? {}) as { Issuer?: unknown };
  return Issuer === undefined ? undefined : textOf(cloud, Issuer, stack);
}

/** @returns the issuers that the app's own functions issue for. */
export const ownIssuers = (cloud: Cloud): ReadonlySet<string> =>
  new Set(
    cloud
      .ofType('AWS::Lambda::Function')
      .map((fn) => variableOf(cloud, fn, 'ISSUER'))
      .filter((issuer) => issuer !== undefined),
  );
