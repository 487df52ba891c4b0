/** Tollgate's own routes are deployed as `lambdas/routes.ts` says, none more and none less. */
import { gatewayScopes, type Route, routes } from '../../../lambdas/routes.ts';
import { ApiRoutes } from '../../api-routes.ts';
import { around, type Cloud } from '../cloud.ts';
import { type GatewayRoute, gatewayRoutes } from '../gateway.ts';
import type { Problem, Rule } from '../rule.ts';

const fix = 'Say it in lambdas/routes.ts, where gateway, guard, prices and documentation have it from.';

export const routeTable: Rule = {
  id: 'Tollgate-RouteTable',
  check: (cloud) => {
    const deployed = gatewayRoutes(cloud).filter(({ resource }) => around(resource, ApiRoutes) !== undefined);
    return [...deployed.flatMap(differences), ...missing(cloud, deployed)];
  },
};

function differences({ resource, key, line, authorization, authorizer, scopes }: GatewayRoute): Problem[] {
  const at = resource.construct;
  if (line === undefined) return [{ at, wrong: `${key} is not in lambdas/routes.ts.`, fix }];
  const problems: Problem[] = [];
  const wanted = authorizations[line.access.kind];
  if (authorization !== wanted) {
    const wrong = `${key} is ${line.access.kind} in lambdas/routes.ts, which is ${wanted}, and deploys as ${authorization ?? 'NONE'}.`;
    problems.push({ at, property: 'AuthorizationType', wrong, fix });
  } else if (
    wanted === 'JWT' &&
    authorizer?.construct.node.scope !== around(resource, ApiRoutes)?.authorizer
  ) {
    const wrong = `${key} needs a token and asks an authorizer that is not Tollgate’s.`;
    problems.push({ at, property: 'AuthorizerId', wrong, fix });
  }
  const asked = line.access.kind === 'token' ? gatewayScopes(line.access) : [];
  if ([...asked].sort().join(' ') !== [...scopes].sort().join(' ')) {
    const wrong = `${key} needs ${scopeText(asked)} and deploys with ${scopeText(scopes)}.`;
    problems.push({ at, property: 'AuthorizationScopes', wrong, fix });
  }
  return problems;
}

/** A route that is not there does no harm by itself, but whoever reads the table counts on it. */
function missing(cloud: Cloud, deployed: readonly GatewayRoute[]): Problem[] {
  const parents = cloud.stacks
    .flatMap((stack) => stack.node.findAll())
    .filter((construct): construct is ApiRoutes => construct instanceof ApiRoutes);
  return [...new Set(parents)].flatMap((at) => {
    const keys = deployed.filter(({ resource }) => around(resource, ApiRoutes) === at).map(({ key }) => key);
    return routes
      .filter(({ key }) => !keys.includes(key))
      .map(({ key }) => ({ at, wrong: `${key} is in lambdas/routes.ts and does not deploy.`, fix }));
  });
}

const authorizations: Record<Route['access']['kind'], string> = {
  token: 'JWT',
  operator: 'AWS_IAM',
  open: 'NONE',
  client: 'NONE',
};

const scopeText = (scopes: readonly string[]): string =>
  scopes.length === 0 ? 'no scope' : `the scope ${scopes.join(' or ')}`;
