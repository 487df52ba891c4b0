import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gatewayScopes, routes } from '../../lambdas/routes.ts';
import { referencesIn, synth } from './synth.ts';

const stack = synth();
const only = (type: string, from = stack) => {
  const found = from.ofType(type);
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties ?? {};
};
const authorizationTypes = { open: 'NONE', client: 'NONE', operator: 'AWS_IAM', token: 'JWT' };

describe('the routes', () => {
  const deployed = stack.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);

  it('are those of routes.ts, each with its authorization and its scopes', () => {
    const summaries = deployed.map(({ RouteKey, AuthorizationType, AuthorizationScopes = [] }) => ({
      key: RouteKey,
      authorization: AuthorizationType,
      scopes: AuthorizationScopes,
    }));
    const expected = routes.map(({ key, access }) => ({
      key,
      authorization: authorizationTypes[access.kind],
      scopes: access.kind === 'token' ? gatewayScopes(access) : [],
    }));
    expect(new Set(summaries)).toEqual(new Set(expected));
    expect(summaries).toHaveLength(routes.length);
  });

  it('have the one authorizer where they ask for a token, and none elsewhere', () => {
    const [authorizer] = stack.ofType('AWS::ApiGatewayV2::Authorizer').map(([id]) => id);
    for (const { AuthorizationType, AuthorizerId } of deployed) {
      expect(AuthorizerId).toEqual(AuthorizationType === 'JWT' ? { Ref: authorizer } : undefined);
    }
  });

  it('leave OPTIONS to the gateway, so that a preflight needs no token', () => {
    for (const { RouteKey } of deployed) expect(RouteKey).not.toMatch(/^(OPTIONS|ANY|\$default)/);
  });

  it('each lead to the function of their folder, with payload 2.0', () => {
    for (const { RouteKey, Target } of deployed) {
      const integration = stack.resources.get(referencesIn(Target)[0] ?? '')?.Properties ?? {};
      expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
      const fn = stack.resources.get(referencesIn(integration.IntegrationUri)[0] ?? '');
      const folder = routes.find(({ key }) => key === RouteKey)?.function;
      const served = routes.filter((route) => route.function === folder).map(({ key }) => key);
      const told = folder === 'rotation' ? 'Adds and drops signing keys' : served.join(', ').slice(0, 256);
      expect(fn?.Properties.Description).toContain(told);
    }
  });

  it('are written with the folder of the module that they name', () => {
    const source = readFileSync(new URL('../../lambdas/routes.ts', import.meta.url), 'utf8');
    const written = [
      ...source.matchAll(/on<typeof import\('\.\/functions\/([^']+)\/index\.ts'\)>\(\s*'([^']+)'/g),
    ];
    expect(written).toHaveLength(routes.length);
    for (const [, module, folder] of written) expect(folder).toBe(module);
  });
});

describe('the authorizer', () => {
  it('reads the Authorization header, and trusts the API’s own address by default', () => {
    const [api] = stack.ofType('AWS::ApiGatewayV2::Api').map(([id]) => id);
    expect(only('AWS::ApiGatewayV2::Authorizer')).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: ['tollgate'], Issuer: { 'Fn::GetAtt': [api, 'ApiEndpoint'] } },
    });
  });

  it('trusts the issuer and the audience that were configured, and the functions name the same', () => {
    const other = synth({ issuer: 'https://auth.example.com', audience: 'orders' });
    expect(only('AWS::ApiGatewayV2::Authorizer', other).JwtConfiguration).toEqual({
      Audience: ['orders'],
      Issuer: 'https://auth.example.com',
    });
    const named = other
      .ofType('AWS::Lambda::Function')
      .map(
        ([, { Properties }]) =>
          (Properties.Environment as { Variables?: Record<string, unknown> })?.Variables,
      )
      .flatMap((variables) => (variables?.ISSUER === undefined ? [] : [variables.ISSUER]));
    expect(new Set(named)).toEqual(new Set(['https://auth.example.com']));
    expect(other.template.Outputs.Issuer.Value).toBe('https://auth.example.com');
  });
});

describe('the stage', () => {
  const stage = only('AWS::ApiGatewayV2::Stage');

  it('is $default and deploys by itself', () => {
    expect(stage).toMatchObject({ StageName: '$default', AutoDeploy: true });
  });

  it('throttles, and more so where secrets could be guessed, and what is large and open', () => {
    const guarded = routes.filter(({ access }) => access.kind === 'client').map(({ key }) => key);
    expect(guarded).toContain('GET /usage/statements/{month}');
    expect(stage.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 500 });
    const large = ['GET /openapi.json', 'GET /docs', 'GET /docs/{file}'];
    expect(stage.RouteSettings).toEqual(
      Object.fromEntries([
        ...guarded.map((key) => [key, { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }]),
        ...large.map((key) => [key, { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 100 }]),
      ]),
    );
  });

  it('logs who, what and how it ended as JSON, below the 3 KB that API Gateway takes', () => {
    const { Format } = stage.AccessLogSettings as { Format: string };
    expect(JSON.parse(Format)).toEqual({
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
    });
    expect(Format.length).toBeLessThan(3000);
  });
});

describe('CORS', () => {
  it('lets every origin call by default: a browser adds no token by itself', () => {
    const cors = only('AWS::ApiGatewayV2::Api').CorsConfiguration;
    expect(cors).toMatchObject({ AllowOrigins: ['*'] });
    expect(cors).not.toHaveProperty('AllowCredentials');
  });

  it('is off where no origin is named', () => {
    expect(only('AWS::ApiGatewayV2::Api', synth({ allowedOrigins: [] })).CorsConfiguration).toBeUndefined();
  });

  it('lets the configured origins send a credential and read the token', () => {
    const api = only('AWS::ApiGatewayV2::Api', synth({ allowedOrigins: 'https://app.example.com' }));
    expect(api.CorsConfiguration).toEqual({
      AllowOrigins: ['https://app.example.com'],
      AllowMethods: ['POST', 'GET'],
      AllowHeaders: ['authorization', 'content-type', 'x-api-key'],
      ExposeHeaders: ['authorization', 'link', 'retry-after', 'www-authenticate'],
      MaxAge: 3600,
    });
  });
});

describe('tags of the API', () => {
  it('are its own: no other resource has them', () => {
    const tagged = synth({ apiTags: '{"team":"payments"}' });
    const having = [...tagged.resources.values()].filter(({ Properties }) =>
      JSON.stringify(Properties).includes('payments'),
    );
    expect(having.map(({ Type, Properties }) => [Type, Properties.Tags])).toEqual([
      ['AWS::ApiGatewayV2::Api', { team: 'payments' }],
    ]);
  });
});
