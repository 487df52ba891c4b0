/** Broken on purpose: the real stack with one thing changed, and what the policy says about it. */
import { CfnResource } from 'aws-cdk-lib';
import { CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { describe, expect, it } from 'vitest';
import { routes } from '../../lambdas/routes.ts';
import { ApiRoutes } from '../../lib/api-routes.ts';
import { Directory } from '../../lib/directory.ts';
import { KeyRing } from '../../lib/key-ring.ts';
import { Ledger } from '../../lib/ledger.ts';
import { allowItems } from '../../lib/table.ts';
import { TokenFunction } from '../../lib/token-function.ts';
import type { TollgateStack } from '../../lib/tollgate-stack.ts';
import { findingsIn, placesIn } from './findings.ts';
import { createApp } from './synth.ts';

/** The construct of a class, by the end of its path where there are several. */
function part<Kind>(stack: TollgateStack, kind: abstract new (...args: never[]) => Kind, path = ''): Kind {
  const [found] = stack.node
    .findAll()
    .filter((construct) => construct instanceof kind && construct.node.path.endsWith(path));
  if (!(found instanceof kind)) throw new Error(`not there: ${kind.name} ${path}`);
  return found;
}

const resource = (stack: TollgateStack, path: string) => part(stack, CfnResource, path);
const broken = (change: (stack: TollgateStack) => void, context = {}) => {
  const { stack } = createApp(context);
  change(stack);
  return stack;
};

describe.each([
  ['by default', {}],
  [
    'in production, with a domain of its own',
    { stage: 'prod', issuer: 'https://auth.example.com', alarmEmail: 'a@example.com' },
  ],
  ['on an emulator', { issuer: 'http://localhost:4566/_aws/execute-api/abcd1234/$default' }],
])('the stack %s', (_, context) => {
  it('has no finding', () => {
    expect(findingsIn(createApp(context).stack)).toEqual([]);
  });
});

describe('a route’s access', () => {
  const route = 'Routes/GetUsage/Resource';
  const at = `Tollgate-dev/${route}`;

  it('is reported when it is gone', () => {
    const stack = broken((it) => resource(it, route).addPropertyDeletionOverride('AuthorizationType'));
    expect(placesIn(stack)).toEqual([`Tollgate-RouteAccess ${at}`, `Tollgate-RouteTable ${at}`]);
  });

  it('is reported when it is open, and needs a token', () => {
    const stack = broken((it) => {
      resource(it, route).addPropertyOverride('AuthorizationType', 'NONE');
      resource(it, route).addPropertyDeletionOverride('AuthorizerId');
    });
    expect(findingsIn(stack)).toEqual([
      {
        rule: 'Tollgate-RouteTable',
        path: at,
        sentence: expect.stringMatching(/^GET \/usage is token .*, which is JWT, and deploys as NONE\./),
      },
    ]);
  });

  it('is reported for every route that deploys as something else', () => {
    const stack = broken((it) => {
      for (const one of it.node.findAll().filter((construct) => construct instanceof CfnRoute)) {
        one.authorizationType = one.authorizationType === 'NONE' ? 'AWS_IAM' : 'NONE';
      }
    });
    const sentences = findingsIn(stack)
      .filter(({ rule }) => rule === 'Tollgate-RouteTable')
      .map(({ sentence }) => sentence);
    for (const { key, access } of routes) {
      expect(sentences).toContainEqual(
        expect.stringContaining(`${key} is ${access.kind} in lambdas/routes.ts`),
      );
    }
  });

  it.each([
    ['fewer', []],
    ['other', ['read:products']],
    ['more', ['read:usage', 'read:users']],
  ])('is reported with %s scopes', (_, scopes) => {
    const stack = broken((it) => resource(it, route).addPropertyOverride('AuthorizationScopes', scopes));
    expect(placesIn(stack)).toEqual([`Tollgate-RouteTable ${at}`]);
  });

  it('is reported when another authorizer is asked', () => {
    const stack = broken((it) => {
      const other = new CfnResource(it, 'Other', {
        type: 'AWS::ApiGatewayV2::Authorizer',
        properties: { JwtConfiguration: { Issuer: 'https://login.example.org', Audience: ['tollgate'] } },
      });
      resource(it, route).addPropertyOverride('AuthorizerId', { Ref: it.getLogicalId(other) });
    });
    expect(placesIn(stack)).toEqual([`Tollgate-RouteTable ${at}`]);
  });

  it('is reported when the route is gone', () => {
    const stack = broken((it) => part(it, ApiRoutes).node.tryRemoveChild('GetUsage'));
    expect(findingsIn(stack)).toEqual([
      {
        rule: 'Tollgate-RouteTable',
        path: 'Tollgate-dev/Routes',
        sentence: expect.stringContaining('GET /usage is in lambdas/routes.ts and does not deploy.'),
      },
      // A function without a route needs nothing.
      expect.objectContaining({ rule: 'Tollgate-NeedlessRights', path: 'Tollgate-dev/Usage/Resource' }),
    ]);
  });
});

describe('a grant', () => {
  const granted = (folder: string, grant: (stack: TollgateStack, fn: TokenFunction) => void) =>
    findingsIn(broken((it) => grant(it, part(it, TokenFunction, `/${folder}`))));

  it.each<[string, string, string, (stack: TollgateStack, fn: TokenFunction) => void]>([
    [
      'Products',
      'revoke',
      'UpdateItem REVOKED#*',
      (it, fn) => allowItems(fn, part(it, Ledger).table, ['UpdateItem'], ['REVOKED#*']),
    ],
    [
      'Products',
      'read credentials',
      'BatchGetItem CLIENT#*',
      (it, fn) => part(it, Directory).grantAuthentication(fn),
    ],
    ['Products', 'see a signing key', 'GetSecretValue', (it, fn) => part(it, KeyRing).grantSigning(fn)],
    [
      'Login',
      'register clients',
      'PutItem CLIENT#*',
      (it, fn) => allowItems(fn, part(it, Directory).table, ['PutItem'], ['CLIENT#*']),
    ],
    ['Login', 'revoke', 'UpdateItem REVOKED#token#*', (it, fn) => part(it, Ledger).grantTokenRevocation(fn)],
    [
      'Revoke',
      'revoke more than tokens',
      'UpdateItem REVOKED#client#*',
      (it, fn) => allowItems(fn, part(it, Ledger).table, ['UpdateItem'], ['REVOKED#client#*']),
    ],
    ['Revoke', 'see a signing key', 'GetSecretValue', (it, fn) => part(it, KeyRing).grantSigning(fn)],
    ['Discovery', 'see a signing key', 'GetSecretValue', (it, fn) => part(it, KeyRing).grantSigning(fn)],
    ['Clients', 'revoke', 'UpdateItem REVOKED#key#*', (it, fn) => part(it, Ledger).grantKeyRevocation(fn)],
    [
      'Rotation',
      'write usage',
      'PutItem USAGE#*',
      (it, fn) => allowItems(fn, part(it, Ledger).table, ['PutItem'], ['USAGE#*']),
    ],
  ])('to %s that lets it %s is reported', (folder, _, what, grant) => {
    const findings = granted(folder, grant);
    expect(findings.length).toBeGreaterThan(0);
    for (const { rule, path } of findings) {
      expect(rule).toBe('Tollgate-NeedlessRights');
      expect(path).toMatch(new RegExp(`^Tollgate-dev/(.*/)?${folder}/Resource$`));
    }
    expect(findings.some(({ sentence }) => sentence.includes(what))).toBe(true);
  });
});

describe('the order of the deployment', () => {
  const RULE = 'Tollgate-DeploymentOrder';
  const authorizer = 'Tollgate-dev/Routes/Authorizer/Resource';
  const probe = 'Tollgate-dev/IssuerProbe/Trigger/Default/Default';
  const wellKnown = ['OpenidConfiguration', 'OauthAuthorizationServer', 'JwksJson'];

  it.each([
    ['its own address', {}],
    ['another issuer', { issuer: 'https://auth.example.com' }],
  ])('is reported when the authorizer does not wait for the probe (%s)', (_, context) => {
    const stack = broken((it) => resource(it, authorizer).addDeletionOverride('DependsOn'), context);
    const [finding, ...others] = findingsIn(stack);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: RULE, path: authorizer });
    expect(finding?.sentence).toContain('without a probe of its issuer before it');
  });

  it('is reported when the probe asks another issuer', () => {
    const stack = broken((it) =>
      part(it, TokenFunction, 'IssuerProbe/Function').set('ISSUER', 'https://x.example.com'),
    );
    expect(placesIn(stack)).toContain(`${RULE} ${authorizer}`);
  });

  it('is reported when the probe does not wait for what answers it', () => {
    const stack = broken((it) => resource(it, probe).addDeletionOverride('DependsOn'));
    const findings = findingsIn(stack);
    expect(findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual(Array(4).fill(`${RULE} ${probe}`));
    for (const name of [...wellKnown.map((id) => `Routes/GetWellKnown${id}`), 'Stage/Default']) {
      expect(findings.some(({ sentence }) => sentence.includes(`Tollgate-dev/${name}/Resource`))).toBe(true);
    }
  });

  it('is reported for each route that comes before the first key', () => {
    const endpoints = ['PostAuth', 'PostOauth2Token', 'PostOauth2Introspect', 'PostOauth2Revoke'];
    const statements = ['GetUsageStatementsMonth', 'GetAdminUsageStatementsClientidMonth'];
    const operators = ['PostAdminRevocations', 'GetAdminRevocations', 'PostAdminLeaks'];
    const ring = ['GetAdminKeys', 'PostAdminKeysRotations'];
    const keyed = [
      ...endpoints,
      ...statements,
      ...operators,
      ...ring,
      ...wellKnown.map((id) => `GetWellKnown${id}`),
    ];
    const stack = broken((it) => {
      for (const one of part(it, ApiRoutes).node.findAll().filter(CfnResource.isCfnResource))
        if (!one.node.path.startsWith(authorizer)) one.addDeletionOverride('DependsOn');
    });
    expect(placesIn(stack).sort()).toEqual(
      keyed.map((id) => `${RULE} Tollgate-dev/Routes/${id}/Resource`).sort(),
    );
  });

  it('is reported when it goes round in a circle', () => {
    const route = 'Tollgate-dev/Routes/GetWellKnownJwksJson/Resource';
    const stack = broken((it) => {
      const id = it.resolve(resource(it, authorizer).logicalId);
      resource(it, route).addOverride('DependsOn', [id]);
    });
    const [finding, ...others] = findingsIn(stack);
    expect(others).toEqual([]);
    expect(finding?.rule).toBe(RULE);
    for (const path of [authorizer, probe, route]) expect(finding?.sentence).toContain(path);
  });
});
