/** What the policy finds in an app, and the smallest app that uses Tollgate's constructs and is in order. */
import { App, Stack, type Stage } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  type HttpRouteProps,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { Directory } from '../../lib/directory.ts';
import { KeyRing } from '../../lib/key-ring.ts';
import { Ledger } from '../../lib/ledger.ts';
import { lifecycleOf } from '../../lib/lifecycle.ts';
import { TollgateChecks } from '../../lib/policy/checks.ts';

export interface Finding {
  rule: string;
  path: string | undefined;
  /** What is wrong, and what to do. */
  sentence: string;
}

/** Synthesizes the app that a construct is in, and checks it. */
export function findingsIn(construct: IConstruct): Finding[] {
  const app = construct.node.root;
  if (!App.isApp(app)) throw new Error('not in an app');
  app.synth({ force: true });
  return new TollgateChecks().validateScope(app).violations.flatMap((violation) =>
    violation.violatingResources.map(({ constructPath }) => ({
      rule: violation.ruleName,
      path: constructPath,
      sentence: `${violation.description} ${violation.fix}`,
    })),
  );
}

/** Only which rule found something, and where. */
export const placesIn = (construct: IConstruct): string[] =>
  findingsIn(construct).map(({ rule, path }) => `${rule} ${path}`);

export const createBareApp = (context: Record<string, unknown> = {}): App =>
  new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: false,
  });

/** A service of one's own: an API, a function, one protected route, and Tollgate's tables and keys. */
export function orders(scope: Stage = createBareApp()) {
  const stack = new Stack(scope, 'Orders');
  const lifecycle = lifecycleOf('dev');
  const ledger = new Ledger(stack, 'Ledger', { lifecycle, retentionDays: 90 });
  const directory = new Directory(stack, 'Directory', lifecycle);
  const api = new HttpApi(stack, 'Api');
  const authorizer = new HttpJwtAuthorizer('Tokens', 'https://auth.example.com', { jwtAudience: ['orders'] });
  const fn = createFunction(stack, 'Orders');
  allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['USAGE#*']);
  allow(fn, ['dynamodb:BatchGetItem'], ledger.table.tableArn, ['REVOKED#*']);
  const route = (id: string, key: string, props: Partial<HttpRouteProps> = {}): HttpRoute => {
    const [method = '', path = ''] = key.split(' ');
    return new HttpRoute(stack, id, {
      httpApi: api,
      routeKey:
        key === '$default' ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, HttpMethod[method as 'GET']),
      integration: new HttpLambdaIntegration('Integration', fn),
      ...props,
    });
  };
  route('Read', 'GET /orders', { authorizer, authorizationScopes: ['read:products'] });
  const createKeyRing = (rotationDays = 30) =>
    new KeyRing(stack, 'KeyRing', { lifecycle, ledger, rotationDays });
  return { stack, ledger, directory, api, authorizer, fn, route, createKeyRing };
}

export const createFunction = (stack: Stack, id: string, environment: Record<string, string> = {}) =>
  new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => ({ statusCode: 204 });'),
    environment,
  });

/** A statement on the items of these partitions; of all items, where there are none. */
export function allow(
  fn: LambdaFunction,
  actions: string[],
  resource: string,
  partitions?: string[],
  operator = 'ForAllValues:StringLike',
): void {
  const conditions = partitions && { [operator]: { 'dynamodb:LeadingKeys': partitions } };
  fn.addToRolePolicy(
    new PolicyStatement({ actions, resources: [resource], ...(conditions && { conditions }) }),
  );
}
