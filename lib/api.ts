/** The HTTP API itself, without routes: its address is the default issuer, so functions need it before they are routed. */
import { Duration, Tags } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { routes } from '../lambdas/routes.ts';

export interface ApiProps {
  name: string;
  /** Origins that browsers may call from; none: no CORS. */
  allowedOrigins: string[];
  tags: Record<string, string>;
}

export class Api extends HttpApi {
  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id, {
      apiName: props.name,
      description: 'Tollgate: tokens, and what they protect',
      createDefaultStage: false,
      ...(props.allowedOrigins.length > 0 && { corsPreflight: corsFor(props.allowedOrigins) }),
    });
    for (const [key, value] of Object.entries(props.tags)) Tags.of(this).add(key, value);
  }
}

const corsFor = (allowOrigins: string[]) => ({
  allowOrigins,
  allowMethods: methods.map((method) => CorsHttpMethod[method]),
  allowHeaders: ['authorization', 'content-type', 'x-api-key'],
  exposeHeaders: ['authorization', 'link', 'retry-after', 'www-authenticate'],
  maxAge: Duration.hours(1),
});

/** Operators sign their requests; no page in a browser does. */
const forBrowsers = routes.filter(({ access }) => access.kind !== 'operator');
const methods = [...new Set(forBrowsers.map(({ key }) => key.split(' ')[0] as keyof typeof CorsHttpMethod))];
