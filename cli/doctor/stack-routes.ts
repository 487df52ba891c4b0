/** The routes of a stack, as API Gateway lists them: also those that Tollgate does not know. */
import type { Route } from '@aws-sdk/client-apigatewayv2';
import { messageOf } from '../failure.ts';
import type { Target } from '../target.ts';
import { type KnownRoute, ownRoutes, type RouteAccess } from './routes.ts';

/** The routes, or why they cannot be listed. */
export type Listed = { ok: true; routes: readonly KnownRoute[] } | { ok: false; reason: string };

/** Needs cloudformation:ListStackResources, and apigateway:GET on the API's routes. */
export async function listRoutes(
  stack: string,
  { url, region, credentials }: Pick<Target, 'url' | 'region' | 'credentials'>,
): Promise<Listed> {
  try {
    const config = { region, credentials };
    const ids = await apisOf(stack, config);
    const id = ids.length === 1 ? ids[0] : ids.find((one) => url.includes(one));
    if (id === undefined)
      return { ok: false, reason: `which of its ${ids.length} HTTP APIs this is, is not known` };
    return { ok: true, routes: (await routesOf(id, config)).map(known) };
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}

type Config = Pick<Target, 'region' | 'credentials'>;

async function apisOf(StackName: string, config: Config): Promise<string[]> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(config);
  const ids: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    const apis = StackResourceSummaries.filter(
      ({ ResourceType }) => ResourceType === 'AWS::ApiGatewayV2::Api',
    );
    ids.push(...apis.flatMap(({ PhysicalResourceId }) => PhysicalResourceId ?? []));
  }
  client.destroy();
  return ids;
}

async function routesOf(ApiId: string, config: Config): Promise<Route[]> {
  const { ApiGatewayV2Client, GetRoutesCommand } = await import('@aws-sdk/client-apigatewayv2');
  const client = new ApiGatewayV2Client(config);
  const routes: Route[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetRoutesCommand({ ApiId, ...(NextToken !== undefined && { NextToken }) }),
    );
    routes.push(...(page.Items ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  client.destroy();
  return routes;
}

const ACCESS: Readonly<Record<string, RouteAccess>> = { JWT: 'token', AWS_IAM: 'operator', CUSTOM: 'other' };

/** A route of Tollgate's own is expected to be what it always is, whatever the stack has made of it. */
function known({ RouteKey: key = '', AuthorizationType = 'NONE' }: Route): KnownRoute {
  const own = ownRoutes.find((route) => route.key === key);
  return own === undefined
    ? { key, access: ACCESS[AuthorizationType] ?? 'open', certain: true }
    : { ...own, certain: own.access === 'token' || own.access === 'operator' };
}
