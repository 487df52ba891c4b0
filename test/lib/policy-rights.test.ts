/** Tollgate-NeedlessRights: what a function in an app of one's own may do with Tollgate's data. */
import { NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, ManagedPolicy, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { allow, createBareApp, createFunction, findingsIn, orders, placesIn } from './findings.ts';

const RULE = 'Tollgate-NeedlessRights';
type Orders = ReturnType<typeof orders>;

/** What is found once `grant` has given the guarded function, or another, more than it has. */
function foundAfter(grant: (app: Orders) => void): string[] {
  const app = orders();
  grant(app);
  return placesIn(app.stack);
}

describe('a protected function may append usage, and is reported for', () => {
  it.each<[string, (app: Orders) => void]>([
    [
      'a revocation',
      ({ fn, ledger }) => allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['REVOKED#*']),
    ],
    [
      'the record of a token',
      ({ fn, ledger }) => allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['TOKEN#*']),
    ],
    [
      'changing usage',
      ({ fn, ledger }) => allow(fn, ['dynamodb:UpdateItem'], ledger.table.tableArn, ['USAGE#*']),
    ],
    [
      'deleting usage',
      ({ fn, ledger }) => allow(fn, ['dynamodb:DeleteItem'], ledger.table.tableArn, ['USAGE#*']),
    ],
    ['any item', ({ fn, ledger }) => allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn)],
    [
      'any item, as one form of several',
      ({ fn, ledger }) => allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['USAGE#*', '*']),
    ],
    [
      'usage by a form that is wider',
      ({ fn, ledger }) => allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['USAGE*']),
    ],
    [
      'usage under a condition that need not hold',
      ({ fn, ledger }) =>
        allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['USAGE#*'], 'ForAnyValue:StringLike'),
    ],
    [
      'usage by PartiQL',
      ({ fn, ledger }) => allow(fn, ['dynamodb:PartiQLInsert'], ledger.table.tableArn, ['USAGE#*']),
    ],
    [
      'another case of the letters',
      ({ fn, ledger }) => allow(fn, ['DynamoDB:updateitem'], ledger.table.tableArn, ['USAGE#*']),
    ],
    [
      'a wildcard for actions',
      ({ fn, ledger }) => allow(fn, ['dynamodb:Put*'], ledger.table.tableArn, ['USAGE#*']),
    ],
    ['all tables', ({ fn }) => allow(fn, ['dynamodb:DeleteTable'], 'arn:aws:dynamodb:*:*:table/*')],
    [
      'tables by the beginning of the name',
      ({ fn, stack }) =>
        allow(
          fn,
          ['dynamodb:UpdateItem'],
          stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: 'Orders-Ledger*' }),
        ),
    ],
    ['the CDK’s own grant to write', ({ fn, ledger }) => ledger.table.grantWriteData(fn)],
    [
      'reading a credential',
      ({ fn, directory }) => allow(fn, ['dynamodb:GetItem'], directory.table.tableArn, ['CLIENT#*']),
    ],
    [
      'writing a client',
      ({ fn, directory }) => allow(fn, ['dynamodb:PutItem'], directory.table.tableArn, ['CLIENT#*']),
    ],
  ])('%s', (_, grant) => {
    const places = foundAfter(grant);
    expect(places.length).toBeGreaterThan(0);
    expect(new Set(places)).toEqual(new Set([`${RULE} Orders/Orders/Resource`]));
  });

  it('everything, which is more than the ledger', () => {
    const places = foundAfter(({ fn }) => allow(fn, ['*'], '*'));
    expect(places).toEqual([`${RULE} Orders/Orders/Resource`, `${RULE} Orders/Orders/Resource`]);
  });

  it('with what, on which items, of which table, by which policy, and what to do', () => {
    const { stack, fn, ledger } = orders();
    allow(fn, ['dynamodb:UpdateItem'], ledger.table.tableArn, ['REVOKED#*']);
    expect(findingsIn(stack).map(({ sentence }) => sentence)).toEqual([
      'By Orders/Orders/ServiceRole/DefaultPolicy/Resource the function may dynamodb:UpdateItem REVOKED#* of the ' +
        'ledger (Orders/Ledger/Table/Resource), which it does not need: it serves GET /orders. ' +
        'Take the grant away, or narrow it to exact actions and dynamodb:LeadingKeys (ForAllValues:StringLike).',
    ]);
  });
});

describe('a protected function is not reported for', () => {
  it.each<[string, (app: Orders) => void]>([
    [
      'usage of one year',
      ({ fn, ledger }) => allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['USAGE#2026*']),
    ],
    ['reading the ledger', ({ fn, ledger }) => ledger.table.grantReadData(fn)],
    [
      'what is denied',
      ({ fn, ledger }) =>
        fn.addToRolePolicy(
          new PolicyStatement({
            effect: Effect.DENY,
            actions: ['dynamodb:*'],
            resources: [ledger.table.tableArn],
          }),
        ),
    ],
    [
      'a table of its own',
      ({ stack, fn }) =>
        new Table(stack, 'Own', {
          partitionKey: { name: 'pk', type: AttributeType.STRING },
        }).grantReadWriteData(fn),
    ],
    ['a secret of its own', ({ stack, fn }) => new Secret(stack, 'Own').grantWrite(fn)],
    [
      'how the table is set up',
      ({ fn }) => allow(fn, ['dynamodb:Describe*', 'dynamodb:ListTagsOfResource'], '*'),
    ],
    ['tables of another name', ({ fn }) => allow(fn, ['dynamodb:*'], 'arn:aws:dynamodb:*:*:table/shop-*')],
  ])('%s', (_, grant) => {
    expect(foundAfter(grant)).toEqual([]);
  });
});

describe('a function', () => {
  const append = ({ fn, ledger }: Pick<Orders, 'fn' | 'ledger'>) =>
    allow(fn, ['dynamodb:PutItem'], ledger.table.tableArn, ['USAGE#*']);

  it('without a route may write nothing', () => {
    const { stack, ledger } = orders();
    append({ fn: createFunction(stack, 'Batch'), ledger });
    const [finding, ...others] = findingsIn(stack);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: RULE, path: 'Orders/Batch/Resource' });
    expect(finding?.sentence).toContain('it serves no route');
  });

  it('behind an open route may write nothing', () => {
    const { stack, ledger, route } = orders();
    const fn = createFunction(stack, 'Public');
    append({ fn, ledger });
    const integration = new HttpLambdaIntegration('Public', fn);
    route('Health', 'GET /health', { authorizer: new HttpNoneAuthorizer(), integration });
    expect(placesIn(stack)).toEqual([`${RULE} Orders/Public/Resource`]);
  });

  it('behind a signed route may register clients, and not revoke', () => {
    const { stack, ledger, directory, route } = orders();
    const fn = createFunction(stack, 'Operators');
    const integration = new HttpLambdaIntegration('Admin', fn);
    route('Admin', 'POST /clients', { authorizer: new HttpIamAuthorizer(), integration });
    allow(fn, ['dynamodb:PutItem'], directory.table.tableArn, ['CLIENT#*']);
    expect(placesIn(stack)).toEqual([]);
    allow(fn, ['dynamodb:UpdateItem'], ledger.table.tableArn, ['REVOKED#*']);
    expect(placesIn(stack)).toEqual([`${RULE} Orders/Operators/Resource`]);
  });

  it('behind an alias is found as well', () => {
    const { stack, ledger, route, authorizer } = orders();
    const fn = createFunction(stack, 'Aliased');
    append({ fn, ledger });
    const integration = new HttpLambdaIntegration(
      'Live',
      LambdaFunction.fromFunctionArn(stack, 'Alias', fn.addAlias('live').functionArn),
    );
    route('Live', 'GET /live', { authorizer, integration });
    expect(placesIn(stack)).toEqual([]);
  });

  it.each(['AdministratorAccess', 'AmazonDynamoDBFullAccess'])(
    'with AWS’s policy %s may too much',
    (name) => {
      const { stack, fn } = orders();
      fn.role?.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName(name));
      const findings = findingsIn(stack);
      expect(findings.map(({ rule }) => rule)).toEqual([RULE, RULE]);
      expect(findings[0]?.sentence).toContain(`By ${name} the function may`);
    },
  );

  it('has the rights of every policy of its role', () => {
    const { stack, fn, ledger } = orders();
    const statement = new PolicyStatement({
      actions: ['dynamodb:DeleteItem'],
      resources: [ledger.table.tableArn],
    });
    const policy = new Policy(stack, 'More', { statements: [statement] });
    const managed = new ManagedPolicy(stack, 'Managed', { statements: [statement] });
    if (fn.role !== undefined) policy.attachToRole(fn.role);
    fn.role?.addManagedPolicy(managed);
    const sentences = findingsIn(stack).map(({ sentence }) => sentence);
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toContain('By Orders/More/Resource');
    expect(sentences[1]).toContain('By Orders/Managed/Resource');
  });

  it('is told by what its statement leaves out as by everything', () => {
    const { stack, fn, ledger } = orders();
    fn.addToRolePolicy(new PolicyStatement({ notActions: ['iam:*'], resources: [ledger.table.tableArn] }));
    fn.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:DeleteItem'], notResources: ['x'] }));
    // All but some actions on the ledger; one action on the ledger and on the directory.
    expect(placesIn(stack)).toHaveLength(3);
  });
});

describe('signing keys', () => {
  it('are neither read nor written by a function of one’s own; what is published may be read', () => {
    const { stack, fn, createKeyRing } = orders();
    const { privateKeys, publishedKeys } = createKeyRing();
    const on = (secret: typeof privateKeys, action: string) =>
      allow(fn, [`secretsmanager:${action}`], secret.ref);
    on(publishedKeys, 'GetSecretValue');
    on(privateKeys, 'DescribeSecret');
    expect(placesIn(stack)).toEqual([]);
    on(publishedKeys, 'PutSecretValue');
    on(privateKeys, 'GetSecretValue');
    const sentences = findingsIn(stack).map(({ sentence }) => sentence);
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toContain('PutSecretValue the value of the published keys');
    expect(sentences[1]).toContain('GetSecretValue the value of the private signing keys');
  });

  it('are rotated by the function of their ring', () => {
    const { stack, createKeyRing } = orders();
    createKeyRing();
    expect(placesIn(stack)).toEqual([]);
  });
});

describe('data of another stack', () => {
  it.each(['strong', 'weak'])('is found through exports and outputs (%s references)', (strength) => {
    const app = createBareApp({ '@aws-cdk/core:defaultCrossStackReferences': strength });
    const { ledger } = orders(app);
    const fn = createFunction(new Stack(app, 'Reports'), 'Report');
    allow(fn, ['dynamodb:UpdateItem'], ledger.table.tableArn, ['USAGE#*']);
    expect(placesIn(app)).toEqual([`${RULE} Reports/Report/Resource`]);
  });

  it('is found in the stacks of a stage', () => {
    const app = createBareApp();
    orders(new Stage(app, 'Production'));
    expect(placesIn(app)).toEqual([]);
    const { fn, ledger } = orders(new Stage(app, 'Staging'));
    allow(fn, ['dynamodb:UpdateItem'], ledger.table.tableArn, ['USAGE#*']);
    expect(placesIn(app)).toEqual([`${RULE} Staging/Orders/Orders/Resource`]);
  });

  it('is found through the parameters and outputs of nested stacks', () => {
    const { stack, ledger } = orders();
    const fn = createFunction(new NestedStack(stack, 'Nested'), 'Report');
    allow(fn, ['dynamodb:UpdateItem'], ledger.table.tableArn, ['USAGE#*']);
    expect(placesIn(stack)).toEqual([`${RULE} Orders/Nested/Report/Resource`]);
  });
});
