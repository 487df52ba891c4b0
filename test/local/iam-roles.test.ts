import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import {
  allow,
  leadingKeys,
  policy,
  startLocalServices,
  templateOf,
  templateWith,
} from '../support/local-services.ts';

const read = allow('dynamodb:GetItem', '*');
const logs = allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], '*');

/** Starts and ends. @returns what was warned of */
async function start(template: object): Promise<readonly string[]> {
  const services = await startLocalServices(template);
  await services.close();
  return services.warnings;
}

describe('a function has the policies of its role', () => {
  const mayRead = async (template: object): Promise<boolean> => {
    const services = await startLocalServices(template);
    const { dynamodb } = services.clientsOf(services.credentialsOf('Fn'));
    const command = new GetCommand({ TableName: 'Items', Key: { pk: 'a', sk: '1' } });
    const outcome = await dynamodb.send(command).then(
      () => true,
      ({ name }) => name !== 'AccessDeniedException',
    );
    await services.close();
    return outcome;
  };
  const Roles = [{ Ref: 'Role' }];

  it.each<[string, object, object?]>([
    ['inline', { Policies: [{ PolicyName: 'Own', PolicyDocument: policy(read) }] }],
    [
      'attached by AWS::IAM::Policy',
      {},
      {
        Attached: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyName: 'x', PolicyDocument: policy(read), Roles },
        },
      },
    ],
    [
      'attached by AWS::IAM::RolePolicy',
      {},
      {
        Attached: {
          Type: 'AWS::IAM::RolePolicy',
          Properties: { PolicyName: 'x', PolicyDocument: policy(read), RoleName: { Ref: 'Role' } },
        },
      },
    ],
    [
      'of a managed policy that names the role',
      {},
      { Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policy(read), Roles } } },
    ],
    [
      'of a managed policy that the role names',
      { ManagedPolicyArns: [{ Ref: 'Managed' }] },
      { Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policy(read) } } },
    ],
    [
      'of a role with a name and a path',
      {
        RoleName: 'reader',
        Path: '/functions/',
        Policies: [{ PolicyName: 'Own', PolicyDocument: policy(read) }],
      },
    ],
  ])('%s', async (_, role, more) => {
    expect(await mayRead(templateOf(role, more))).toBe(true);
  });

  it('and none that is another’s', async () => {
    const other = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };
    const Attached = {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'x', PolicyDocument: policy(read), Roles: [{ Ref: 'Other' }] },
    };
    expect(await mayRead(templateOf({}, { Other: other, Attached }))).toBe(false);
  });
});

describe('a role that the runner cannot decide by stops the start by name', () => {
  const conditioned = (condition: object) => templateWith(allow('dynamodb:GetItem', '*', condition));

  it.each<[string, object, string]>([
    [
      'a condition operator that there is not',
      conditioned({ 'ForAllValues:StringLikes': { 'dynamodb:LeadingKeys': 'a' } }),
      'Role (AWS::IAM::Role): policy Own: Statement.0: condition operator ForAllValues:StringLikes',
    ],
    [
      'a condition on what is not known here',
      conditioned({ StringEquals: { 'aws:PrincipalTag/team': 'x' } }),
      'condition key aws:PrincipalTag/team',
    ],
    [
      'a condition on other parts of a request',
      conditioned({ 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk'] } }),
      'condition key dynamodb:Attributes',
    ],
    [
      'a condition of a NotAction',
      templateWith({
        Effect: 'Deny',
        NotAction: 's3:*',
        Resource: '*',
        Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      }),
      'condition operator IpAddress',
    ],
    [
      'a variable that is not known here',
      templateWith(allow('dynamodb:*', `arn:aws:dynamodb:*:*:table/\${aws:username}`)),
      `policy variable \${aws:username}`,
    ],
    ['a principal', templateWith({ ...read, Principal: '*' }), 'Statement.0'],
    ['no resource', templateWith({ Effect: 'Allow', Action: '*' }), 'one of Resource and NotResource'],
    ['no action', templateWith({ Effect: 'Allow', Resource: '*' }), 'one of Action and NotAction'],
    ['another effect', templateWith({ ...read, Effect: 'Maybe' }), 'Statement.0.Effect'],
    [
      'the older version of the language',
      templateOf({
        Policies: [{ PolicyName: 'Old', PolicyDocument: { Version: '2008-10-17', Statement: [] } }],
      }),
      'policy Old: Version',
    ],
    [
      'a policy of AWS’s that is not known here',
      templateOf({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess'] }),
      'managed policy arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess',
    ],
    [
      'an action that is none',
      templateWith(allow('PutItem', '*')),
      'Statement.0.Action: an action is * or service:Action',
    ],
  ])('%s', async (_, template, finding) => {
    await expect(start(template)).rejects.toThrow(finding);
  });

  it.each<[string, unknown]>([
    ['nobody', { Version: '2012-10-17', Statement: [] }],
    [
      'another service',
      {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
    ],
    [
      'Lambda, for something else',
      {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:TagSession' },
        ],
      },
    ],
  ])('one that trusts %s', async (_, AssumeRolePolicyDocument) => {
    await expect(start(templateOf({ AssumeRolePolicyDocument }))).rejects.toThrow(
      'Role (AWS::IAM::Role): AssumeRolePolicyDocument does not let lambda.amazonaws.com assume the role',
    );
  });

  it('one that is not in the template', async () => {
    const role = 'arn:aws:iam::123456789012:role/imported';
    const template = templateOf({});
    const Fn = { ...template.Resources.Fn, Properties: { ...template.Resources.Fn.Properties, Role: role } };
    await expect(start({ Resources: { ...template.Resources, Fn } })).rejects.toThrow(
      `Fn (AWS::Lambda::Function): the role ${role}, which is not in the template`,
    );
  });
});

describe('what a role may have besides', () => {
  it('conditions of other services’ actions: nothing here asks for those', async () => {
    const metrics = allow('cloudwatch:PutMetricData', '*', {
      StringEquals: { 'cloudwatch:namespace': 'Tollgate' },
    });
    expect(await start(templateWith(metrics, logs))).toEqual([]);
  });

  it('conditions on what is known of every call', async () => {
    const encrypted = { ...allow('*', '*', { Bool: { 'aws:SecureTransport': false } }), Effect: 'Deny' };
    expect(await start(templateWith(logs, encrypted, allow('dynamodb:*', '*', leadingKeys('a'))))).toEqual(
      [],
    );
  });

  it('trust in others, where no function has it', async () => {
    const scheduler = {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {},
        ManagedPolicyArns: ['arn:aws:iam::aws:policy/Unknown'],
      },
    };
    expect(await start({ Resources: { ...templateWith(logs).Resources, Scheduler: scheduler } })).toEqual([]);
  });
});

describe('a function whose log would be lost on AWS', () => {
  const warning = (action: string) => [
    `Fn: its role does not allow ${action}: on AWS its log would be lost.`,
  ];

  it('is warned of', async () => {
    expect(await start(templateWith())).toEqual(warning('logs:CreateLogGroup'));
    const stream = allow('logs:CreateLog*', '*');
    expect(await start(templateWith(stream))).toEqual(warning('logs:PutLogEvents'));
  });

  it('is not, with the policy that AWS has for it', async () => {
    const name = 'service-role/AWSLambdaBasicExecutionRole';
    const ManagedPolicyArns = [{ 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${name}` }];
    expect(await start(templateOf({ ManagedPolicyArns }))).toEqual([]);
  });
});
