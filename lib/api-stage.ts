/** The API's `$default` stage: deploys by itself, throttles, and writes one JSON line for each request. */
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type CfnStage, type HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Route, routes } from '../lambdas/routes.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface ApiStageProps {
  api: HttpApi;
  lifecycle: Lifecycle;
  /** The API's routes, by default Tollgate's; those where secrets could be guessed are throttled more. */
  routes?: readonly Pick<Route, 'key' | 'access'>[];
}

export class ApiStage extends Construct {
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, { api, lifecycle, routes: served = routes }: ApiStageProps) {
    super(scope, id);
    const { logRetention: retention, removalPolicy } = lifecycle;
    const log = new LogGroup(this, 'AccessLog', { retention, removalPolicy });
    this.stage = new HttpStage(this, 'Default', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 1000, burstLimit: 500 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
      },
    });
    (this.stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries([
      ...served
        .filter(guessable)
        .map(({ key }) => [key, { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }]),
      ...served
        .filter(({ key }) => LARGE.includes(key))
        .map(({ key }) => [key, { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 100 }]),
    ]);
  }
}

/** Routes where secrets could be guessed, and where each try costs a hash. */
const guessable = ({ access }: Pick<Route, 'access'>): boolean => access.kind === 'client';

/** Open to anyone, and up to half a megabyte each: nobody needs many, and what leaves AWS is paid for. */
const LARGE: readonly Route['key'][] = ['GET /openapi.json', 'GET /docs', 'GET /docs/{file}'];

/**
 * Never a header, a query or the token: only who, what, and how it ended. `tollgate usage reconcile` reads it: a call
 * has reached its function where the integration has a latency.
 */
export const accessLog = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  timeEpoch: '$context.requestTimeEpoch',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseLatency: '$context.responseLatency',
  responseLength: '$context.responseLength',
  authorizerError: '$context.authorizer.error',
  integrationStatus: '$context.integration.status',
  integrationLatency: '$context.integration.latency',
  integrationError: '$context.integrationErrorMessage',
  sub: '$context.authorizer.claims.sub',
  clientId: '$context.authorizer.claims.client_id',
  credentialId: '$context.authorizer.claims.credential_id',
  tenant: '$context.authorizer.claims.tenant',
  jti: '$context.authorizer.claims.jti',
  txn: '$context.authorizer.claims.txn',
};
