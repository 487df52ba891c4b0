import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readApi } from '../../local/api.ts';
import { readFunctions } from '../../local/functions.ts';
import { resolveIntrinsics, type Scope, Unresolvable } from '../../local/intrinsics.ts';
import { scopeOf } from '../../local/physical.ts';
import { supportedResources, UnsupportedTemplate } from '../../local/support.ts';
import { templateSchema } from '../../local/template.ts';
import { schedulesOf, triggersOf } from '../../local/triggers.ts';

const URL = 'http://127.0.0.1:8787';

const scope: Scope = {
  parameters: { 'AWS::Region': 'us-east-1', 'AWS::Partition': 'aws', Stage: 'local' },
  conditions: {
    IsLocal: { 'Fn::Equals': [{ Ref: 'Stage' }, 'local'] },
    Not: { 'Fn::Not': [{ Condition: 'IsLocal' }] },
  },
  ref: (id) => (id === 'Table' ? 'the-table' : undefined),
  attribute: (id, name) => (id === 'Table' && name === 'Arn' ? 'arn:the-table' : undefined),
};

describe('intrinsics', () => {
  it.each<[unknown, unknown]>([
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'Table' }, 'the-table'],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:the-table'],
    [{ 'Fn::GetAtt': 'Table.Arn' }, 'arn:the-table'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Table' }]] }, 'a/the-table'],
    [
      { 'Fn::Sub': `\${Table}-\${Table.Arn}-\${AWS::Region}-\${!Literal}` },
      `the-table-arn:the-table-us-east-1-\${Literal}`,
    ],
    [{ 'Fn::Sub': [`\${Own}`, { Own: { Ref: 'Table' } }] }, 'the-table'],
    [{ 'Fn::Select': [1, ['a', 'b']] }, 'b'],
    [{ 'Fn::Select': ['0', { 'Fn::Split': ['-', 'x-y'] }] }, 'x'],
    [{ 'Fn::If': ['IsLocal', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['Not', 'yes', { Ref: 'AWS::NoValue' }] }, undefined],
    [{ a: [{ Ref: 'AWS::NoValue' }, 1], b: { Ref: 'AWS::NoValue' } }, { a: [1] }],
    [
      { Condition: { StringEquals: { a: { Ref: 'Table' } } } },
      { Condition: { StringEquals: { a: 'the-table' } } },
    ],
  ])('%j', (value, expected) => expect(resolveIntrinsics(value, scope)).toEqual(expected));

  it.each<[unknown, string]>([
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue'],
    [{ 'Fn::FindInMap': ['a', 'b', 'c'] }, 'Fn::FindInMap'],
    [{ Ref: 'Missing' }, 'Ref Missing'],
    [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }, 'Fn::GetAtt Table.StreamArn'],
    [{ 'Fn::Sub': `\${Missing}` }, 'Ref Missing'],
    [{ 'Fn::If': ['Unknown', 1, 2] }, 'Condition Unknown'],
    [{ 'Fn::Select': [5, ['a']] }, 'Fn::Select'],
    [{ 'Fn::Join': 'x' }, 'Fn::Join'],
  ])('that cannot be resolved stop by name: %j', (value, name) => {
    expect(() => resolveIntrinsics(value, scope)).toThrow(name);
  });

  it('leave any value without them as it is, and fail in one way only', () => {
    const plain = fc
      .jsonValue()
      .filter((value) => !/"(Ref|Condition|Fn::[^"]*)":/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, (value) => {
        expect(resolveIntrinsics(value, scope)).toEqual(value);
      }),
    );
    const call = fc.tuple(
      fc.constantFrom('Ref', 'Fn::Sub', 'Fn::Join', 'Fn::If', 'Fn::Select', 'Fn::GetAtt', 'Fn::Not'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(call, ([name, argument]) => {
        try {
          resolveIntrinsics({ [name]: argument }, scope);
        } catch (error) {
          expect(error).toBeInstanceOf(Unresolvable);
        }
      }),
    );
  });
});

/** A template as the CDK writes them, small. */
const resources = () => ({
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: {
      ApiId: { Ref: 'Api' },
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 50 },
      RouteSettings: { 'GET /open': { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 } },
    },
  },
  Authorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    DependsOn: ['Probe'],
    Properties: {
      ApiId: { Ref: 'Api' },
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: ['tollgate'], Issuer: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
      Name: 'jwt',
    },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Fn', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Open: route('GET /open', { AuthorizationType: 'NONE' }),
  Guarded: route('GET /guarded', {
    AuthorizationType: 'JWT',
    AuthorizerId: { Ref: 'Authorizer' },
    AuthorizationScopes: ['read:products'],
  }),
  Operator: route('POST /operator', { AuthorizationType: 'AWS_IAM' }),
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': `assets-\${AWS::AccountId}` }, S3Key: 'abc.zip' },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Runtime: 'nodejs24.x',
      Timeout: 7,
      Environment: { Variables: { TABLE: { Ref: 'Table' }, SECRET: { Ref: 'Secret' } } },
    },
  },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { Anything: { 'Fn::Unknown': 1 } } },
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: [], AttributeDefinitions: [] } },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Description: 'keys' } },
  Probe: { Type: 'Custom::Trigger', DependsOn: ['Open', 'Stage', 'FirstKey'], Properties: trigger },
  FirstKey: { Type: 'Custom::Trigger', DependsOn: 'Secret', Properties: trigger },
  Hourly: {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Id: 'x' }],
    },
  },
});

const trigger = { ServiceToken: 'x', HandlerArn: { Ref: 'Version' }, InvocationType: 'RequestResponse' };

function route(key: string, properties: object) {
  const Target = { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] };
  return {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId: { Ref: 'Api' }, RouteKey: key, Target, ...properties },
  };
}

function read(more: object = {}, sections: object = {}) {
  const template = templateSchema.parse({ ...sections, Resources: { ...resources(), ...more } });
  const physical = { stackName: 'Test', url: URL, secrets: new Map([['Secret', 'arn:secret']]) };
  const templateScope = scopeOf(template, physical);
  return { scope: templateScope, resources: supportedResources(template, templateScope) };
}

describe('a template that is understood', () => {
  it('gives the API with its routes, their authorization and their throttles', () => {
    const { resources, scope } = read();
    const api = readApi(resources, scope);
    const route = { functionName: 'Test-Fn', timeout: 30_000 };
    expect(api.routes).toEqual([
      { ...route, key: 'GET /open', authorization: { type: 'NONE' } },
      {
        ...route,
        key: 'GET /guarded',
        authorization: {
          type: 'JWT',
          jwt: { issuer: URL, audience: ['tollgate'] },
          scopes: ['read:products'],
        },
      },
      { ...route, key: 'POST /operator', authorization: { type: 'AWS_IAM' } },
    ]);
    expect(api.throttles.get('GET /open')).toEqual({ rate: 1, burst: 2 });
    expect(api.throttles.get('GET /guarded')).toEqual({ rate: 100, burst: 50 });
  });

  it('gives the functions with the environment, timeout and handler of the template', () => {
    const { resources, scope } = read();
    const endpoints = { dynamodb: 'http://d', secretsmanager: 'http://s', eventbridge: 'http://e' };
    const [fn] = readFunctions(resources, scope, new Map([['abc.zip', '/assets/abc']]), endpoints);
    expect(fn).toMatchObject({ name: 'Test-Fn', exportName: 'handler', timeout: 7000, memory: 128 });
    expect(fn?.environment).toEqual({
      TABLE: 'Test-Table',
      SECRET: 'arn:secret',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^LOCAL[0-9A-F]{15}$/),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Fn',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://d',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://s',
      AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://e',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    });
  });

  it('gives the triggers in the order of their dependencies, and the schedules', () => {
    const { resources, scope } = read();
    expect(
      triggersOf(resources, scope).map(({ logicalId, functionName }) => [logicalId, functionName]),
    ).toEqual([
      ['FirstKey', 'Test-Fn'],
      ['Probe', 'Test-Fn'],
    ]);
    expect(schedulesOf(resources, scope)).toMatchObject([{ functionName: 'Test-Fn', every: 3_600_000 }]);
  });

  it('leaves out what its condition leaves out', () => {
    const Skipped = { Type: 'AWS::Unknown::Type', Condition: 'Never' };
    const { resources } = read({ Skipped }, { Conditions: { Never: { 'Fn::Equals': [1, 2] } } });
    expect(resources).not.toHaveProperty('Skipped');
  });
});

describe('a template that is not understood stops by name', () => {
  const change = (id: keyof ReturnType<typeof resources>, properties: object) => {
    const resource = resources()[id];
    return { [id]: { ...resource, Properties: { ...resource.Properties, ...properties } } };
  };

  it.each<[string, object, string]>([
    [
      'a resource type',
      { Bus: { Type: 'AWS::Events::EventBus' } },
      'Bus (AWS::Events::EventBus): resource type',
    ],
    ['a property', change('Fn', { Layers: [] }), 'Fn (AWS::Lambda::Function): property Layers'],
    ['code in the template', change('Fn', { Code: { ZipFile: 'x' } }), 'property Code.ZipFile'],
    ['another runtime', change('Fn', { Runtime: 'python3.13' }), 'property Runtime = "python3.13"'],
    ['a secret with a value', change('Secret', { SecretString: 'x' }), 'property SecretString'],
    ['a secret’s key of one’s own', change('Secret', { KmsKeyId: 'alias/own' }), 'KmsKeyId = "alias/own"'],
    [
      'a table’s key of one’s own',
      change('Table', { SSESpecification: { SSEEnabled: true, KMSMasterKeyId: 'alias/own' } }),
      'property SSESpecification.KMSMasterKeyId',
    ],
    [
      'a boundary of permissions',
      change('Role', { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      'property PermissionsBoundary',
    ],
    [
      'a stream of old images',
      change('Table', { StreamSpecification: { StreamViewType: 'OLD_IMAGE' } }),
      'property StreamSpecification.StreamViewType = "OLD_IMAGE"',
    ],
    [
      'an authorizer that is a function',
      change('Authorizer', { AuthorizerType: 'REQUEST' }),
      'AuthorizerType = "REQUEST"',
    ],
    [
      'a token elsewhere',
      change('Authorizer', { IdentitySource: ['$request.querystring.t'] }),
      'property IdentitySource.0',
    ],
    [
      'another payload format',
      change('Integration', { PayloadFormatVersion: '1.0' }),
      'PayloadFormatVersion = "1.0"',
    ],
    [
      'another authorization',
      change('Open', { AuthorizationType: 'CUSTOM' }),
      'AuthorizationType = "CUSTOM"',
    ],
    ['a stage variable', change('Stage', { StageVariables: {} }), 'property StageVariables'],
    [
      'a setting of a route',
      change('Stage', { RouteSettings: { 'GET /open': { LoggingLevel: 'INFO' } } }),
      'RouteSettings.GET /open.LoggingLevel',
    ],
    [
      'a schedule by cron',
      change('Hourly', { ScheduleExpression: 'cron(0 * * * ? *)' }),
      'property ScheduleExpression',
    ],
    [
      'an intrinsic',
      change('Fn', { Handler: { 'Fn::ImportValue': 'x' } }),
      'property Handler: Fn::ImportValue',
    ],
    [
      'an attribute of a resource',
      change('Integration', { IntegrationUri: { 'Fn::GetAtt': ['Fn', 'SnapStartResponse'] } }),
      'Fn::GetAtt Fn.SnapStartResponse',
    ],
    ['a part of a resource', { Api: { ...resources().Api, CreationPolicy: {} } }, 'attribute CreationPolicy'],
    [
      'a property named like a part of every object',
      change('Fn', { constructor: 1 }),
      'property constructor',
    ],
  ])('%s', (_, more, finding) => {
    expect(() => read(more)).toThrow(UnsupportedTemplate);
    expect(() => read(more)).toThrow(finding);
  });

  it('a section of the template', () => {
    expect(() => read({}, { Transform: 'AWS::Serverless' })).toThrow("the template's section Transform");
  });

  it('all of it in one message', () => {
    const more = { A: { Type: 'AWS::A::A' }, B: { Type: 'AWS::B::B' }, ...change('Fn', { Layers: [] }) };
    expect(() => read(more)).toThrow(/Layers[\s\S]*AWS::A::A[\s\S]*AWS::B::B/);
  });

  it('a circle of resources', () => {
    const { resources, scope } = read({
      FirstKey: { Type: 'Custom::Trigger', DependsOn: 'Probe', Properties: trigger },
    });
    expect(() => triggersOf(resources, scope)).toThrow(/depend on each other: .*Probe/);
  });
});
