import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { Variable } from '../../lambdas/env.ts';
import type { MeasureName, MetricName } from '../../lambdas/http/log.ts';
import { routes } from '../../lambdas/routes.ts';
import { EXPIRES_AT } from '../../lambdas/store/items.ts';
import { createApp, guardedFunctions, routedFunctions, synth } from './synth.ts';

const dev = synth();
const prod = synth({ stage: 'prod', alarmEmail: 'ops@example.com' });

describe('the stack', () => {
  it('has exactly these resources', () => {
    // Beside the routed functions there are the rotation, the probe, and the CDK's own that runs triggers.
    const routed = routedFunctions.length;
    const counts: Record<string, number> = {};
    for (const { Type } of prod.resources.values()) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(counts).toEqual({
      'AWS::ApiGatewayV2::Api': 1,
      'AWS::ApiGatewayV2::Authorizer': 1,
      'AWS::ApiGatewayV2::Integration': routes.length,
      'AWS::ApiGatewayV2::Route': routes.length,
      'AWS::ApiGatewayV2::Stage': 1,
      'AWS::CloudWatch::Alarm': 15,
      'AWS::CloudWatch::Dashboard': 1,
      'AWS::DynamoDB::Table': 2,
      'AWS::Events::Rule': 2,
      'AWS::IAM::Policy': routed + 2,
      'AWS::IAM::Role': routed + 3,
      'AWS::Lambda::Function': routed + 3,
      'AWS::Lambda::Permission': routes.length + 2,
      'AWS::Lambda::Version': 2,
      'AWS::Logs::LogGroup': routed + 4,
      'AWS::SNS::Subscription': 1,
      'AWS::SNS::Topic': 1,
      'AWS::SNS::TopicPolicy': 1,
      'AWS::SecretsManager::Secret': 2,
      'Custom::Trigger': 2,
    });
  });

  it('says where it is and what it is made of', () => {
    expect(Object.keys(dev.template.Outputs).sort()).toEqual(
      ['ApiUrl', 'Audience', 'DirectoryTable', 'Issuer', 'LedgerTable', 'Region', 'RotationFunction'].sort(),
    );
  });

  it.each([['dev'], ['prod']])('has no finding of cdk-nag’s AwsSolutions in stage %s', (stage) => {
    const { app } = createApp({ stage, alarmEmail: 'ops@example.com', allowedOrigins: '*' });
    expect(new AwsSolutionsChecks(app).validateScope(app)).toEqual({ success: true, violations: [] });
  });
});

describe('the tables', () => {
  it('have the keys of items.ts, are paid by use, can be restored, and let items expire', () => {
    const tables = dev.ofType('AWS::DynamoDB::Table');
    expect(tables.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['DirectoryTable', 'LedgerTable']);
    for (const [, { Properties }] of tables) {
      expect(Properties).toEqual({
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: EXPIRES_AT, Enabled: true },
        DeletionProtectionEnabled: false,
      });
    }
  });
});

describe('what holds data', () => {
  const kinds = ['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup'];

  it.each(kinds)('goes with the stack in a stage that is not prod: %s', (type) => {
    for (const [, resource] of dev.ofType(type)) expect(resource.DeletionPolicy).toBe('Delete');
  });

  it.each(kinds)('stays in stage prod: %s', (type) => {
    expect(prod.ofType(type).length).toBeGreaterThan(0);
    for (const [, resource] of prod.ofType(type)) {
      expect([resource.DeletionPolicy, resource.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
      if (type === 'AWS::DynamoDB::Table') expect(resource.Properties.DeletionProtectionEnabled).toBe(true);
    }
  });
});

describe('the secrets', () => {
  it('are made without a value, so that nothing but the rotation ever writes one', () => {
    for (const [, { Properties }] of dev.ofType('AWS::SecretsManager::Secret')) {
      expect(Object.keys(Properties)).toEqual(['Description']);
    }
  });

  it('are rotated hourly', () => {
    const [[, rule] = []] = dev.ofType('AWS::Events::Rule');
    expect(rule?.Properties).toMatchObject({ ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' });
  });
});

const all = dev.ofType('AWS::Lambda::Function');
const functions = all.filter(([id]) => !id.startsWith('AWSCDK'));

describe('the functions', () => {
  const nameOf = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

  it("are arm64 on nodejs24.x and log JSON; each, the CDK's own too, into a group of its own, with retention", () => {
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON' },
      });
    }
    const groups = all.map(([, { Properties }]) => {
      const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } };
      expect(dev.resources.get(LogGroup.Ref)?.Properties.RetentionInDays).toBe(30);
      return LogGroup.Ref;
    });
    expect(new Set(groups).size).toBe(all.length);
  });

  it('have exactly the environment that they read, and the name of the stack', () => {
    const named = functions.map(([id, { Properties }]) => {
      const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
      const { POWERTOOLS_SERVICE_NAME: _, ...read } = Variables;
      return [nameOf(id), Object.keys(read).sort()];
    });
    expect(Object.fromEntries(named)).toEqual(environments);
  });
});

const guarded = ['LEDGER_TABLE', 'USAGE_RETENTION_DAYS'];
const environments: Record<string, Variable[] | string[]> = {
  Login: [
    'AUDIENCE',
    'DIRECTORY_TABLE',
    'ISSUER',
    'KEY_RING_SECRET',
    'LEDGER_TABLE',
    'TOKEN_LIFETIME',
    'USAGE_RETENTION_DAYS',
  ],
  Token: [
    'AUDIENCE',
    'DIRECTORY_TABLE',
    'ISSUER',
    'KEY_RING_SECRET',
    'LEDGER_TABLE',
    'PUBLISHED_KEYS_SECRET',
    'TOKEN_LIFETIME',
    'USAGE_RETENTION_DAYS',
  ],
  Introspect: ['AUDIENCE', 'DIRECTORY_TABLE', 'ISSUER', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET'],
  Revoke: ['AUDIENCE', 'DIRECTORY_TABLE', 'ISSUER', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET'],
  Discovery: ['ISSUER', 'PUBLISHED_KEYS_SECRET'],
  ...Object.fromEntries(guardedFunctions.map((id) => [id, guarded])),
  Statements: ['DIRECTORY_TABLE', 'ISSUER', 'KEY_RING_SECRET', 'LEDGER_TABLE'],
  Closing: ['LEDGER_TABLE', 'USAGE_RETENTION_DAYS'],
  Bookkeeping: ['LEDGER_TABLE', 'USAGE_RETENTION_DAYS'],
  Budgets: ['LEDGER_TABLE'],
  Clients: ['DIRECTORY_TABLE', 'LEDGER_TABLE'],
  Imports: ['DIRECTORY_TABLE', 'LEDGER_TABLE'],
  Roles: ['DIRECTORY_TABLE', 'LEDGER_TABLE'],
  Issuers: ['DIRECTORY_TABLE', 'ISSUER', 'LEDGER_TABLE'],
  Prices: ['LEDGER_TABLE', 'USAGE_RETENTION_DAYS'],
  Revocations: ['LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET'],
  Leaks: ['DIRECTORY_TABLE', 'ISSUER', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET'],
  Audit: ['LEDGER_TABLE'],
  Openapi: ['ISSUER'],
  KeyRingRotation: ['KEY_RING_SECRET', 'KEY_ROTATION_DAYS', 'LEDGER_TABLE', 'PUBLISHED_KEYS_SECRET'],
  IssuerProbeFunction: ['ISSUER'],
};

describe('the alarms', () => {
  it('are one for each thing that has to wake somebody', () => {
    const alarms = dev
      .ofType('AWS::CloudWatch::Alarm')
      .map(([, { Properties }]) => [
        Properties.AlarmName,
        Properties.MetricName,
        Properties.Threshold,
        Properties.AlarmActions,
      ]);
    expect(alarms).toEqual([
      ['Tollgate-dev-LoginFailures', 'LoginFailed', 50, undefined],
      ['Tollgate-dev-GuardFailures', 'GuardFailed', 1, undefined],
      ['Tollgate-dev-RefreshReuse', 'RefreshReused', 5, undefined],
      ['Tollgate-dev-RotationErrors', 'Errors', 1, undefined],
      ['Tollgate-dev-ServerErrors', '5xx', 5, undefined],
      ['Tollgate-dev-UnbookedCalls', 'UnbookedCall', 1, undefined],
      ['Tollgate-dev-ClosingBacklog', 'ClosingBacklog', 3, undefined],
      ['Tollgate-dev-ClosingErrors', 'Errors', 3, undefined],
      ['Tollgate-dev-BudgetWarnings', 'BudgetWarningFailed', 3, undefined],
      ['Tollgate-dev-StatementSums', 'StatementSumsDisagreed', 1, undefined],
      ['Tollgate-dev-UseAfterRevocation', 'UseAfterRevocation', 10, undefined],
      ['Tollgate-dev-ServicesFromNewAddresses', 'UseFromNewAddress', 1, undefined],
      ['Tollgate-dev-UnusualCost', 'UnusualCost', 1, undefined],
      ['Tollgate-dev-CallsRefused', 'CallRefused', 500, undefined],
      ['Tollgate-dev-CallsFailed', 'CallFailed', 20, undefined],
    ]);
  });

  it('watch what the functions count, by the same names and the stack that they share', () => {
    const counted: (MetricName | MeasureName)[] = [
      'LoginFailed',
      'GuardFailed',
      'RefreshReused',
      'UnbookedCall',
      'ClosingBacklog',
      'BudgetWarningFailed',
      'StatementSumsDisagreed',
      'UseAfterRevocation',
      'UseFromNewAddress',
      'UnusualCost',
      'CallRefused',
      'CallFailed',
    ];
    const ofServices = [{ Name: 'class', Value: 'service' }];
    const watched = dev
      .ofType('AWS::CloudWatch::Alarm')
      .filter(([, { Properties }]) => Properties.Namespace === 'Tollgate')
      .map(([, { Properties }]) => [Properties.MetricName, Properties.Dimensions]);
    const dimensions = (name: string) => [
      ...(name === 'UseFromNewAddress' ? ofServices : []),
      { Name: 'service', Value: 'Tollgate-dev' },
    ];
    expect(watched).toEqual(counted.map((name) => [name, dimensions(name)]));
    for (const [, { Properties }] of functions) {
      expect(Properties.Environment).toMatchObject({
        Variables: { POWERTOOLS_SERVICE_NAME: 'Tollgate-dev' },
      });
    }
  });

  it('tell an address over TLS, where one is configured', () => {
    const [[topic] = []] = prod.ofType('AWS::SNS::Topic');
    for (const [, { Properties }] of prod.ofType('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmActions).toEqual([{ Ref: topic }]);
    }
    const [[, policy] = []] = prod.ofType('AWS::SNS::TopicPolicy');
    const { Statement } = (policy?.Properties.PolicyDocument ?? {}) as {
      Statement: Record<string, unknown>[];
    };
    expect(Statement).toMatchObject([
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' },
    ]);
    expect(dev.ofType('AWS::SNS::Topic')).toEqual([]);
  });
});
