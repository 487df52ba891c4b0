/**
 * API Gateway asks the issuer for its discovery document while it creates an authorizer. Where the issuer is in
 * the same deployment, it has to answer by then: keys, then the routes that serve them, then a probe that has
 * seen them, then the authorizer.
 */
import { IssuerProbe } from '../../issuer-probe.ts';
import { KeyRing } from '../../key-ring.ts';
import { around, type Cloud, type Resource } from '../cloud.ts';
import {
  functionOf,
  type GatewayRoute,
  gatewayRoutes,
  issuerOf,
  ownIssuers,
  variableOf,
} from '../gateway.ts';
import { isRotation } from '../needs.ts';
import { Order } from '../order.ts';
import type { Problem, Rule } from '../rule.ts';
import { resourcesIn } from '../values.ts';

export const deploymentOrder: Rule = {
  id: 'Tollgate-DeploymentOrder',
  check: (cloud) => {
    const order = new Order(cloud);
    const circles = circularProblems(order);
    // In a circle everything is before everything, so nothing else can be told.
    if (circles.length > 0) return circles;
    const routes = gatewayRoutes(cloud);
    return [
      ...authorizersTooEarly(cloud, order),
      ...probesTooEarly(cloud, order, routes),
      ...routesWithoutKey(cloud, order, routes),
    ];
  },
};

const circularProblems = (order: Order): Problem[] =>
  order.circles().map((circle) => ({
    at: (circle[0] as Resource).construct,
    property: 'DependsOn',
    wrong: `These wait for each other: ${circle.map(({ construct }) => construct.node.path).join(', ')}.`,
    fix: 'Take one of the dependencies away; CloudFormation refuses a circle.',
  }));

function authorizersTooEarly(cloud: Cloud, order: Order): Problem[] {
  const own = ownIssuers(cloud);
  return cloud.ofType('AWS::ApiGatewayV2::Authorizer').flatMap((authorizer) => {
    const issuer = issuerOf(cloud, authorizer);
    if (issuer === undefined || !own.has(issuer)) return [];
    const before = order.before(authorizer);
    const probed = probes(cloud).some(
      ({ trigger, fn }) => before.has(trigger) && variableOf(cloud, fn, 'ISSUER') === issuer,
    );
    if (probed) return [];
    const wrong =
      'The authorizer is made without a probe of its issuer before it, and fails if that does not answer yet.';
    const fix = 'Let an IssuerProbe of the same issuer run first: probe.trigger.executeBefore(authorizer).';
    return [{ at: authorizer.construct, property: 'DependsOn', wrong, fix }];
  });
}

/** A probe that runs before there is something to answer it waits in vain. */
function probesTooEarly(cloud: Cloud, order: Order, routes: readonly GatewayRoute[]): Problem[] {
  return probes(cloud).flatMap(({ trigger, fn }) => {
    const issuer = variableOf(cloud, fn, 'ISSUER');
    const before = order.before(trigger);
    const answering = routes
      .filter(({ key }) => key.includes(' /.well-known/'))
      .filter((route) => route.fn !== undefined && variableOf(cloud, route.fn, 'ISSUER') === issuer);
    const apis = new Set(answering.map(({ api }) => api));
    const stages = cloud
      .ofType('AWS::ApiGatewayV2::Stage')
      .filter((stage) =>
        resourcesIn(cloud, stage.properties.ApiId, stage.stack).some((api) => apis.has(api)),
      );
    return [...answering.map(({ resource }) => resource), ...stages]
      .filter((needed) => !before.has(needed))
      .map((needed) => ({
        at: trigger.construct,
        property: 'DependsOn',
        wrong: `The probe of the issuer runs without waiting for ${needed.construct.node.path}, which answers it.`,
        fix: 'Let the probe run after the discovery routes and the stage: probe.trigger.executeAfter(…).',
      }));
  });
}

/** A route that needs a key and is there before it answers with 503, and the probe gives up. */
function routesWithoutKey(cloud: Cloud, order: Order, routes: readonly GatewayRoute[]): Problem[] {
  const firstKeys = triggers(cloud).filter(({ fn }) => isRotation(fn));
  return routes.flatMap(({ resource, key, fn }) => {
    const named = fn === undefined ? [] : resourcesIn(cloud, fn.properties.Environment, fn.stack);
    const before = order.before(resource);
    return [...new Set(named.map((one) => around(one, KeyRing)))]
      .filter((ring) => ring !== undefined)
      .filter((ring) => !firstKeys.some((key) => ring === around(key.fn, KeyRing) && before.has(key.trigger)))
      .map((ring) => ({
        at: resource.construct,
        property: 'DependsOn',
        wrong: `${key} needs the keys of ${ring.node.path} and is there before the first of them.`,
        fix: 'Let the first key come before the route: keyRing.firstKey.executeBefore(route).',
      }));
  });
}

interface Run {
  trigger: Resource;
  fn: Resource;
}

/** What runs during the deployment, each with its function. */
const triggers = (cloud: Cloud): Run[] =>
  cloud.ofType('Custom::Trigger').flatMap((trigger) => {
    const fn = functionOf(cloud, trigger.properties.HandlerArn, trigger.stack);
    return fn === undefined ? [] : [{ trigger, fn }];
  });

const probes = (cloud: Cloud): Run[] =>
  triggers(cloud).filter(({ fn }) => around(fn, IssuerProbe) !== undefined);
