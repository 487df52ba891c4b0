/**
 * The routes, made from `lambdas/routes.ts`, in two halves with the deployment's order between them: what needs
 * no token, so that the issuer answers; and what does, once there is an authorizer, which asks the issuer.
 */
import {
  type HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  type HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { gatewayScopes, type Route, routes } from '../lambdas/routes.ts';
import { acknowledge } from './findings.ts';
import type { TokenFunction } from './token-function.ts';

export interface ApiRoutesProps {
  api: HttpApi;
  issuer: string;
  audience: string;
  /** The function of each folder that a route names. */
  functions: ReadonlyMap<string, TokenFunction>;
}

export class ApiRoutes extends Construct {
  /** The routes that need no token. */
  readonly open: readonly HttpRoute[];
  readonly authorizer: HttpAuthorizer;

  constructor(scope: Construct, id: string, props: ApiRoutesProps) {
    super(scope, id);
    const { api, issuer, audience } = props;
    this.open = routes
      .filter(({ access }) => access.kind !== 'token')
      .map((route) => this.#route(route, props, withoutToken(route)));
    this.authorizer = new HttpAuthorizer(this, 'Authorizer', {
      httpApi: api,
      type: HttpAuthorizerType.JWT,
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: issuer,
      jwtAudience: [audience],
    });
    const token = HttpAuthorizer.fromHttpAuthorizerAttributes(this, 'Token', {
      authorizerId: this.authorizer.authorizerId,
      authorizerType: 'JWT',
    });
    for (const route of routes.filter(({ access }) => access.kind === 'token'))
      this.#route(route, props, token);
  }

  #route(route: Route, props: ApiRoutesProps, authorizer: IHttpRouteAuthorizer): HttpRoute {
    const [method = '', path = ''] = route.key.split(' ');
    const fn = props.functions.get(route.function);
    if (fn === undefined) throw new Error(`no function for ${route.key}: ${route.function}`);
    const id = constructId(route.key);
    const made = new HttpRoute(this, id, {
      httpApi: props.api,
      routeKey: HttpRouteKey.with(path, method as HttpMethod),
      integration: new HttpLambdaIntegration('Integration', fn),
      authorizer,
      ...(route.access.kind === 'token' && { authorizationScopes: [...gatewayScopes(route.access)] }),
    });
    if (authorizer instanceof HttpNoneAuthorizer) acknowledge(made, 'AwsSolutions-APIG4', openBecause(route));
    return made;
  }
}

const withoutToken = ({ access }: Route): IHttpRouteAuthorizer =>
  access.kind === 'operator' ? new HttpIamAuthorizer() : new HttpNoneAuthorizer();

const openBecause = ({ access }: Route): string =>
  access.kind === 'client'
    ? 'The function authenticates the client by its credentials: this is where tokens come from.'
    : 'Discovery is public (RFC 8414, OpenID Connect Discovery).';

/** `GET /products/{name}` is `GetProductsName`. */
const constructId = (key: string): string =>
  key
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
