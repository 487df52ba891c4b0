/** Reads the HTTP API out of a checked template: its routes with their authorization, CORS and throttles. */
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { functionNameOf } from './physical.ts';
import type { Resource } from './template.ts';

export interface JwtConfiguration {
  issuer: string;
  audience: readonly string[];
}

export type Authorization =
  | { type: 'NONE' }
  | { type: 'JWT'; jwt: JwtConfiguration; scopes: readonly string[] }
  | { type: 'AWS_IAM' };

export interface ApiRoute {
  /** `METHOD /path/{parameter}` or `$default`. */
  key: string;
  authorization: Authorization;
  functionName: string;
  /** Milliseconds that the gateway waits for the function. */
  timeout: number;
}

export interface Throttle {
  /** Requests per second. */
  rate: number;
  /** Requests at once. */
  burst: number;
}

export interface CorsConfiguration {
  allowCredentials: boolean;
  allowHeaders: readonly string[];
  allowMethods: readonly string[];
  allowOrigins: readonly string[];
  exposeHeaders: readonly string[];
  /** Seconds. */
  maxAge: number | undefined;
}

export interface Api {
  routes: readonly ApiRoute[];
  cors: CorsConfiguration | undefined;
  /** For each route that has one, by route key. */
  throttles: ReadonlyMap<string, Throttle>;
  /** The stage's format, with `$context` variables. */
  accessLog?: string;
}

type Properties = Record<string, unknown>;

/** HTTP APIs wait no longer for an integration (HTTP API quotas). */
const INTEGRATION_TIMEOUT = 30_000;

/**
 * @param resources the resources that `supportedResources` let through
 * @throws Error where the API is not whole: none or two, a route without integration, two of one key
 */
export function readApi(resources: Readonly<Record<string, Resource>>, scope: Scope): Api {
  const all = (type: string) =>
    new Map(
      Object.entries(resources)
        .filter(([, resource]) => resource.Type === `AWS::ApiGatewayV2::${type}`)
        .map(([id, { Properties }]) => [id, resolveIntrinsics(Properties, scope) as Properties]),
    );
  const [api, ...others] = all('Api').values();
  const [stage, ...stages] = all('Stage').values();
  if (api === undefined || stage === undefined || others.length + stages.length > 0) {
    throw new Error('the local runner serves exactly one HTTP API with one stage');
  }
  const integrations = all('Integration');
  const authorizers = all('Authorizer');
  const routes = [...all('Route').values()].map((route) => readRoute(route, integrations, authorizers));
  const twice = routes.find(({ key }, index) => routes.findIndex((other) => other.key === key) !== index);
  if (twice !== undefined) throw new Error(`the route ${twice.key} is there twice`);
  const { Format: accessLog } = (stage.AccessLogSettings ?? {}) as { Format?: unknown };
  return {
    routes,
    cors: readCors(api.CorsConfiguration),
    throttles: readThrottles(routes, stage),
    ...(typeof accessLog === 'string' && { accessLog }),
  };
}

function readRoute(
  route: Properties,
  integrations: ReadonlyMap<string, Properties>,
  authorizers: ReadonlyMap<string, Properties>,
): ApiRoute {
  const key = String(route.RouteKey);
  const integration = integrations.get(String(route.Target).replace(/^integrations\//, ''));
  const functionName = functionNameOf(String(integration?.IntegrationUri));
  if (integration === undefined || functionName === undefined) {
    throw new Error(`the route ${key} has no integration with a function`);
  }
  return {
    key,
    authorization: readAuthorization(key, route, authorizers),
    functionName,
    timeout: Math.min(Number(integration.TimeoutInMillis ?? INTEGRATION_TIMEOUT), INTEGRATION_TIMEOUT),
  };
}

function readAuthorization(
  key: string,
  route: Properties,
  authorizers: ReadonlyMap<string, Properties>,
): Authorization {
  const type = route.AuthorizationType ?? 'NONE';
  if (type === 'NONE') return { type };
  if (type === 'AWS_IAM') return { type };
  const jwt = authorizers.get(String(route.AuthorizerId))?.JwtConfiguration as Properties | undefined;
  if (typeof jwt?.Issuer !== 'string') throw new Error(`the route ${key} has no JWT authorizer`);
  return {
    type: 'JWT',
    jwt: { issuer: jwt.Issuer, audience: strings(jwt.Audience) },
    scopes: strings(route.AuthorizationScopes),
  };
}

function readCors(cors: unknown): CorsConfiguration | undefined {
  if (cors === undefined) return undefined;
  const given = cors as Properties;
  return {
    allowCredentials: given.AllowCredentials === true,
    allowHeaders: strings(given.AllowHeaders),
    allowMethods: strings(given.AllowMethods),
    allowOrigins: strings(given.AllowOrigins),
    exposeHeaders: strings(given.ExposeHeaders),
    maxAge: given.MaxAge === undefined ? undefined : Number(given.MaxAge),
  };
}

function readThrottles(routes: readonly ApiRoute[], stage: Properties): Map<string, Throttle> {
  const own = (stage.RouteSettings ?? {}) as Record<string, Properties>;
  const throttles = new Map<string, Throttle>();
  for (const { key } of routes) {
    const settings = { ...(stage.DefaultRouteSettings as Properties | undefined), ...own[key] };
    if (settings.ThrottlingRateLimit === undefined || settings.ThrottlingBurstLimit === undefined) continue;
    throttles.set(key, {
      rate: Number(settings.ThrottlingRateLimit),
      burst: Number(settings.ThrottlingBurstLimit),
    });
  }
  return throttles;
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
