/** The policy's rules about routes, each in an app of one's own that uses Tollgate's constructs. */

import { Validations } from 'aws-cdk-lib';
import { CfnApi, CfnRoute, HttpNoneAuthorizer, WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { describe, expect, it } from 'vitest';
import { createFunction, findingsIn, orders, placesIn } from './findings.ts';

const resourceOf = (construct: { node: { defaultChild?: unknown } }) =>
  construct.node.defaultChild as CfnRoute;

describe('an app in order', () => {
  it('has no finding', () => {
    expect(findingsIn(orders().stack)).toEqual([]);
  });
});

describe('Tollgate-RouteAccess: a route without an explicit access decision', () => {
  it('is a route that was given no authorizer', () => {
    const { stack, route } = orders();
    route('Forgotten', 'GET /health');
    expect(findingsIn(stack)).toEqual([
      {
        rule: 'Tollgate-RouteAccess',
        path: 'Orders/Forgotten/Resource',
        sentence: expect.stringMatching(/^Nothing says who may call GET \/health\. Give it an authorizer/),
      },
    ]);
  });

  it('is a route whose authorization is not in the template', () => {
    const { stack, route } = orders();
    const open = route('Open', 'GET /health', { authorizer: new HttpNoneAuthorizer() });
    resourceOf(open).addPropertyDeletionOverride('AuthorizationType');
    expect(placesIn(stack)).toEqual(['Tollgate-RouteAccess Orders/Open/Resource']);
  });

  it('is a route of the lowest level that says nothing', () => {
    const { stack, api } = orders();
    new CfnRoute(stack, 'Plain', { apiId: api.apiId, routeKey: 'GET /health' });
    expect(placesIn(stack)).toEqual(['Tollgate-RouteAccess Orders/Plain']);
  });

  it('is a route that asks for a token and names no authorizer', () => {
    const { stack, api } = orders();
    new CfnRoute(stack, 'Plain', { apiId: api.apiId, routeKey: 'GET /x', authorizationType: 'JWT' });
    expect(placesIn(stack)).toEqual(['Tollgate-RouteAccess Orders/Plain']);
  });

  it('is the $default route of quick create, and whatever an OpenAPI document has', () => {
    const { stack, fn } = orders();
    new CfnApi(stack, 'Quick', { name: 'quick', protocolType: 'HTTP', target: fn.functionArn });
    new CfnApi(stack, 'Document', { body: { openapi: '3.0.1', paths: {} } });
    expect(placesIn(stack)).toEqual([
      'Tollgate-RouteAccess Orders/Quick',
      'Tollgate-RouteAccess Orders/Document',
    ]);
  });

  it.each([
    ['open, explicitly', new HttpNoneAuthorizer()],
    ['signed', new HttpIamAuthorizer()],
  ])('is not a route that is %s', (_, authorizer) => {
    const { stack, route } = orders();
    route('Health', 'GET /health', { authorizer });
    expect(placesIn(stack)).toEqual([]);
  });

  it('is not a route of the lowest level that says NONE', () => {
    const { stack, api } = orders();
    new CfnRoute(stack, 'Plain', { apiId: api.apiId, routeKey: 'GET /health', authorizationType: 'NONE' });
    expect(placesIn(stack)).toEqual([]);
  });

  it('is not a route of a WebSocket API', () => {
    const { stack } = orders();
    const socket = new WebSocketApi(stack, 'Socket');
    socket.addRoute('hello', { integration: new WebSocketMockIntegration('Mock') });
    expect(placesIn(stack)).toEqual([]);
  });

  it('can be acknowledged where it is, or further up, and nowhere else', () => {
    const { stack, route } = orders();
    const [one, two] = [route('One', 'GET /one'), route('Two', 'GET /two')];
    const acknowledgement = { id: 'Tollgate-RouteAccess', reason: 'Public on purpose.' };
    Validations.of(one).acknowledge(acknowledgement);
    expect(placesIn(stack)).toEqual(['Tollgate-RouteAccess Orders/Two/Resource']);
    Validations.of(two).acknowledge({ ...acknowledgement, id: 'Tollgate-Preflight' });
    expect(placesIn(stack)).toHaveLength(1);
    Validations.of(stack).acknowledge(acknowledgement);
    expect(placesIn(stack)).toEqual([]);
  });
});

describe('Tollgate-Preflight: an authorizer in the way of OPTIONS', () => {
  it.each(['OPTIONS /orders', 'ANY /orders', '$default'])('is one on %s', (key) => {
    const { stack, route, authorizer } = orders();
    route('Wide', key, { authorizer });
    const [finding, ...others] = findingsIn(stack);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: 'Tollgate-Preflight', path: 'Orders/Wide/Resource' });
    expect(finding?.sentence).toContain(`${key} also catches preflights`);
  });

  it('is one that asks for signatures, too', () => {
    const { stack, route } = orders();
    route('Wide', 'ANY /orders', { authorizer: new HttpIamAuthorizer() });
    expect(placesIn(stack)).toEqual(['Tollgate-Preflight Orders/Wide/Resource']);
  });

  it('is not one on another method, nor an open route for all methods', () => {
    const { stack, route, authorizer } = orders();
    route('Write', 'POST /options', { authorizer });
    route('Wide', 'ANY /health', { authorizer: new HttpNoneAuthorizer() });
    expect(placesIn(stack)).toEqual([]);
  });
});

describe('Tollgate-ScopesPerRoute: more scopes than API Gateway takes', () => {
  it.each([
    [10, []],
    [11, ['Tollgate-ScopesPerRoute Orders/Many/Resource']],
  ])('%i', (count, found) => {
    const { stack, route, authorizer } = orders();
    const many = resourceOf(route('Many', 'GET /many', { authorizer }));
    many.addPropertyOverride('AuthorizationScopes', Array(count).fill('read:usage'));
    expect(placesIn(stack)).toEqual(found);
  });
});

describe('Tollgate-UnknownScope: a scope that no client can have', () => {
  it('is one that is not in the vocabulary', () => {
    const { stack, route, authorizer } = orders();
    route('Typo', 'GET /typo', { authorizer, authorizationScopes: ['read:users', 'read:produkts'] });
    expect(findingsIn(stack)).toEqual([
      {
        rule: 'Tollgate-UnknownScope',
        path: 'Orders/Typo/Resource',
        sentence: expect.stringMatching(/^GET \/typo asks for read:produkts, which no client .* read:usage/),
      },
    ]);
  });

  it('is not one that is in the vocabulary and in no role: a client can be given it by name', () => {
    const { stack, route, authorizer } = orders();
    route('Usage', 'GET /my-usage', { authorizer, authorizationScopes: ['read:usage'] });
    expect(placesIn(stack)).toEqual([]);
  });

  it('is not one of another issuer, in an app that has its own', () => {
    const { stack, route } = orders();
    createFunction(stack, 'Login', { ISSUER: 'https://auth.example.com' });
    const other = new HttpJwtAuthorizer('Other', 'https://login.example.org', { jwtAudience: ['x'] });
    route('Foreign', 'GET /foreign', { authorizer: other, authorizationScopes: ['openid'] });
    expect(placesIn(stack).filter((place) => /UnknownScope/.test(place))).toEqual([]);
  });
});

describe('Tollgate-Audiences: more audiences than API Gateway takes', () => {
  it.each([
    [50, []],
    [51, ['Tollgate-Audiences Orders/Api/Many/Resource']],
  ])('%i', (count, found) => {
    const { stack, route } = orders();
    const jwtAudience = Array.from({ length: count }, (_, index) => `audience-${index}`);
    const authorizer = new HttpJwtAuthorizer('Many', 'https://auth.example.com', { jwtAudience });
    route('Audience', 'GET /audience', { authorizer });
    expect(placesIn(stack)).toEqual(found);
  });
});
