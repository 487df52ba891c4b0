/**
 * An HTTP API of one's own that takes Tollgate's tokens: API Gateway checks them on every call, and the functions
 * behind it are protected ones. Tollgate answers already, so nothing has to be waited for.
 */
import { HttpApi, type HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { gatewayScopes, type ProtectedRoute } from '../lambdas/routes.ts';
import { ApiStage } from './api-stage.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ProtectedFunction } from './protected-function.ts';

export interface ProtectedApiProps {
  /** Tollgate's outputs `Issuer` and `Audience`. */
  issuer: string;
  audience: string;
  lifecycle: Lifecycle;
  /** By the function that serves them. */
  routes: readonly (readonly [fn: ProtectedFunction, served: readonly ProtectedRoute[]])[];
}

export class ProtectedApi extends Construct {
  readonly api: HttpApi;
  /** Where it is called, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ProtectedApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', { createDefaultStage: false });
    this.url = this.api.apiEndpoint;
    const authorizer = new HttpJwtAuthorizer('Tollgate', props.issuer, { jwtAudience: [props.audience] });
    const served = props.routes.flatMap(([fn, routes]) => routes.map((route) => ({ fn, route })));
    for (const { fn, route } of served) {
      const [method = '', path = ''] = route.key.split(' ');
      new HttpRoute(this, route.key.replace(/[^A-Za-z0-9]+/g, ''), {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(path, method as HttpMethod),
        integration: new HttpLambdaIntegration('Integration', fn),
        authorizer,
        authorizationScopes: [...gatewayScopes(route.access)],
      });
    }
    const { api, lifecycle } = { api: this.api, lifecycle: props.lifecycle };
    new ApiStage(this, 'Stage', { api, lifecycle, routes: served.map(({ route }) => route) });
  }
}
