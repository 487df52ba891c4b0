/** Promise 5: each function can do only what its routes need. Everything here is exact; nothing more is granted. */
import { describe, expect, it } from 'vitest';
import { guardedFunctions, synth } from './synth.ts';

const stack = synth({ stage: 'prod', alarmEmail: 'ops@example.com' });

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

const list = <Item>(value: Item | Item[]): Item[] => (Array.isArray(value) ? value : [value]);

/** One line for each action and resource: `action on resource [keys]`. */
function granted(statements: Statement[]): string[] {
  return statements
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      expect(Effect).toBe('Allow');
      return list(Action).flatMap((action) =>
        list(Resource).map((resource) => `${action} on ${nameOf(resource)}${conditionOf(Condition)}`),
      );
    })
    .sort();
}

/** The logical id without its hash, such as `DirectoryTable`; anything but one whole resource stays as it is. */
function nameOf(resource: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = resource as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const id = Ref ?? (attribute?.[1] === 'Arn' ? attribute[0] : undefined);
  return id === undefined ? JSON.stringify(resource) : id.replace(/[0-9A-F]{8}$/, '');
}

function conditionOf(condition: unknown): string {
  if (condition === undefined) return '';
  const keys = (condition as Record<string, Record<string, string[]>>)['ForAllValues:StringLike']?.[
    'dynamodb:LeadingKeys'
  ];
  expect(condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } });
  return ` [${keys?.join(' ')}]`;
}

/** The rights of the role of the function with this logical id, its own log aside. */
function rightsOf(id: string): string[] {
  const [, fn] =
    stack.ofType('AWS::Lambda::Function').find(([name]) => name.replace(/[0-9A-F]{8}$/, '') === id) ?? [];
  const role = (fn?.Properties.Role as { 'Fn::GetAtt': [string] } | undefined)?.['Fn::GetAtt'][0];
  const { ManagedPolicyArns, Policies } = stack.resources.get(role ?? '')?.Properties ?? {};
  expect([ManagedPolicyArns, Policies]).toEqual([undefined, undefined]);
  const policies = stack
    .ofType('AWS::IAM::Policy')
    .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(`"${role}"`))
    .map(([, { Properties }]) => Properties.PolicyDocument as { Statement: Statement[] });
  const rights = granted(policies.flatMap(({ Statement }) => Statement));
  const log = [`logs:CreateLogStream on ${id}Log`, `logs:PutLogEvents on ${id}Log`];
  expect(rights).toEqual(expect.arrayContaining(log));
  return rights.filter((right) => !log.includes(right));
}

const DEFAULT_BUS = JSON.stringify({
  'Fn::Join': [
    '',
    [
      ...['arn:', { Ref: 'AWS::Partition' }, ':events:', { Ref: 'AWS::Region' }, ':'],
      ...[{ Ref: 'AWS::AccountId' }, ':event-bus/default'],
    ],
  ],
});
const authentication = [
  'dynamodb:BatchGetItem on DirectoryTable [CLIENT#* ATTEMPTS#* VERIFIER#*]',
  'dynamodb:DeleteItem on DirectoryTable [ATTEMPTS#*]',
  'dynamodb:UpdateItem on DirectoryTable [ATTEMPTS#*]',
  'dynamodb:UpdateItem on DirectoryTable [VERIFIER#*]',
];
const roles = 'dynamodb:GetItem on DirectoryTable [ROLES]';
const prices = 'dynamodb:GetItem on LedgerTable [PRICES]';
const listing = [
  'dynamodb:Query on DirectoryTable [CLIENTS]',
  'dynamodb:BatchGetItem on DirectoryTable [CLIENT#*]',
];
const audit = ['dynamodb:PutItem on LedgerTable [AUDIT#*]', 'dynamodb:UpdateItem on LedgerTable [AUDIT#*]'];
const guard = [
  prices,
  'dynamodb:BatchGetItem on LedgerTable [REVOKED#*]',
  'dynamodb:PutItem on LedgerTable [USAGE#*]',
];
const rights: Record<string, string[]> = {
  Login: [
    ...authentication,
    ...[roles, prices],
    'dynamodb:PutItem on DirectoryTable [REFRESH#*]',
    'dynamodb:BatchWriteItem on LedgerTable [TOKEN#* USAGE#* CREDENTIAL#* TXN#*]',
    'dynamodb:BatchGetItem on LedgerTable [BUDGETS]',
    'secretsmanager:GetSecretValue on KeyRingPrivateKeys',
  ],
  Token: [
    ...authentication,
    ...[roles, prices],
    'dynamodb:PutItem on DirectoryTable [ASSERTION#*]',
    'dynamodb:GetItem on DirectoryTable [REFRESH#*]',
    'dynamodb:PutItem on DirectoryTable [REFRESH#*]',
    'dynamodb:UpdateItem on DirectoryTable [REFRESH#*]',
    'dynamodb:GetItem on DirectoryTable [ISSUERS]',
    'dynamodb:BatchWriteItem on LedgerTable [TOKEN#* USAGE#* CREDENTIAL#* TXN#*]',
    'dynamodb:BatchGetItem on LedgerTable [BUDGETS]',
    'dynamodb:BatchGetItem on LedgerTable [REVOKED#*]',
    'dynamodb:UpdateItem on LedgerTable [REVOKED#token#*]',
    'secretsmanager:GetSecretValue on KeyRingPrivateKeys',
    'secretsmanager:GetSecretValue on KeyRingPublishedKeys',
  ],
  Introspect: [
    ...authentication,
    roles,
    'dynamodb:PutItem on DirectoryTable [ASSERTION#*]',
    'dynamodb:GetItem on DirectoryTable [REFRESH#*]',
    'dynamodb:BatchGetItem on LedgerTable [REVOKED#*]',
    'secretsmanager:GetSecretValue on KeyRingPublishedKeys',
  ],
  Revoke: [
    ...authentication,
    'dynamodb:PutItem on DirectoryTable [ASSERTION#*]',
    'dynamodb:GetItem on DirectoryTable [REFRESH#*]',
    'dynamodb:UpdateItem on DirectoryTable [REFRESH#*]',
    'dynamodb:UpdateItem on LedgerTable [REVOKED#token#*]',
    'secretsmanager:GetSecretValue on KeyRingPublishedKeys',
  ],
  Discovery: ['secretsmanager:GetSecretValue on KeyRingPublishedKeys'],
  ...Object.fromEntries(guardedFunctions.map((id) => [id, guard])),
  Usage: [
    ...guard,
    'dynamodb:GetItem on LedgerTable [CLOSING]',
    'dynamodb:Query on LedgerTable [USAGE#* ROLLUP#* TOTAL#* ACTIVE#*]',
  ],
  Lineage: [
    ...guard,
    'dynamodb:GetItem on LedgerTable [TOKEN#*]',
    'dynamodb:Query on LedgerTable [USAGE#* CREDENTIAL#* TXN#*]',
  ],
  Statements: [
    ...authentication,
    'dynamodb:PutItem on DirectoryTable [ASSERTION#*]',
    'dynamodb:GetItem on LedgerTable [CLOSING HOUR#*]',
    'dynamodb:Query on LedgerTable [ROLLUP#* TOTAL#* ACTIVE#* CHAIN LATE]',
    'secretsmanager:GetSecretValue on KeyRingPrivateKeys',
  ],
  Closing: [
    ...audit,
    'dynamodb:DeleteItem on LedgerTable [LATE]',
    'dynamodb:PutItem on LedgerTable [LATE]',
    'dynamodb:GetItem on LedgerTable [CLOSING HOUR#* SEEN#*]',
    'dynamodb:PutItem on LedgerTable [ROLLUP#* TOTAL#* ACTIVE#* CHAIN HOUR#* SEEN#*]',
    'dynamodb:Query on LedgerTable [USAGE#* ROLLUP#* TOTAL#* ACTIVE#* CHAIN LATE BUDGETS]',
    'dynamodb:UpdateItem on LedgerTable [CLOSING BUDGETS]',
    `events:PutEvents on ${DEFAULT_BUS}`,
  ],
  Bookkeeping: [
    ...audit,
    prices,
    'dynamodb:GetItem on LedgerTable [HOUR#* CLOSING]',
    'dynamodb:PutItem on LedgerTable [USAGE#* TOKEN#* CREDENTIAL#* TXN#* LATE]',
    'dynamodb:Query on LedgerTable [USAGE#* CHAIN LATE]',
  ],
  Budgets: [
    ...audit,
    'dynamodb:DeleteItem on LedgerTable [BUDGETS]',
    'dynamodb:Query on LedgerTable [BUDGETS]',
    'dynamodb:UpdateItem on LedgerTable [BUDGETS]',
  ],
  Clients: [
    ...[roles, ...listing, ...audit],
    'dynamodb:DeleteItem on DirectoryTable [CLIENT#*]',
    'dynamodb:GetItem on DirectoryTable [CLIENT#*]',
    'dynamodb:PutItem on DirectoryTable [CLIENT#*]',
    'dynamodb:Query on DirectoryTable [CLIENT#*]',
    'dynamodb:UpdateItem on DirectoryTable [CLIENT#*]',
    'dynamodb:PutItem on DirectoryTable [CLIENTS]',
    'dynamodb:DeleteItem on DirectoryTable [CLIENTS]',
    'dynamodb:GetItem on DirectoryTable [IDEMPOTENCY#*]',
    'dynamodb:PutItem on DirectoryTable [IDEMPOTENCY#*]',
    'dynamodb:UpdateItem on DirectoryTable [IDEMPOTENCY#*]',
    'dynamodb:DeleteItem on DirectoryTable [VERIFIER#*]',
    'dynamodb:Query on DirectoryTable [ISSUERS]',
    'dynamodb:UpdateItem on LedgerTable [REVOKED#client#* REVOKED#credential#*]',
    'dynamodb:GetItem on LedgerTable [BUDGETS]',
  ],
  Imports: [
    ...[roles, ...audit],
    'dynamodb:GetItem on DirectoryTable [CLIENT#* VERIFIER#*]',
    'dynamodb:PutItem on DirectoryTable [CLIENT#* VERIFIER#*]',
    'dynamodb:DeleteItem on DirectoryTable [CLIENT#* VERIFIER#*]',
    'dynamodb:UpdateItem on DirectoryTable [CLIENT#*]',
    'dynamodb:PutItem on DirectoryTable [CLIENTS]',
    'dynamodb:DeleteItem on DirectoryTable [CLIENTS]',
  ],
  Roles: [
    ...[roles, ...listing, ...audit],
    'dynamodb:PutItem on DirectoryTable [ROLES]',
    'dynamodb:Query on DirectoryTable [ISSUERS]',
  ],
  Prices: [...audit, prices, 'dynamodb:PutItem on LedgerTable [PRICES]'],
  Revocations: [
    ...audit,
    'dynamodb:UpdateItem on LedgerTable [REVOKED#*]',
    'dynamodb:BatchGetItem on LedgerTable [REVOKED#*]',
    'secretsmanager:GetSecretValue on KeyRingPublishedKeys',
  ],
  Leaks: [
    ...[...listing, ...audit],
    'dynamodb:GetItem on DirectoryTable [CLIENT#* REFRESH#*]',
    'dynamodb:UpdateItem on DirectoryTable [CLIENT#* REFRESH#*]',
    'dynamodb:UpdateItem on LedgerTable [REVOKED#token#* REVOKED#credential#*]',
    'dynamodb:GetItem on LedgerTable [TOKEN#*]',
    'dynamodb:Query on LedgerTable [USAGE#* CREDENTIAL#* TXN#*]',
    'secretsmanager:GetSecretValue on KeyRingPublishedKeys',
  ],
  Audit: ['dynamodb:Query on LedgerTable [AUDIT#*]'],
  Openapi: [],
  Issuers: [
    ...[roles, ...audit],
    'dynamodb:GetItem on DirectoryTable [CLIENT#*]',
    'dynamodb:DeleteItem on DirectoryTable [ISSUERS]',
    'dynamodb:PutItem on DirectoryTable [ISSUERS]',
    'dynamodb:Query on DirectoryTable [ISSUERS]',
  ],
  KeyRingRotation: [
    ...audit,
    'dynamodb:UpdateItem on LedgerTable [REVOKED#key#*]',
    'secretsmanager:GetSecretValue on KeyRingPrivateKeys',
    'secretsmanager:GetSecretValue on KeyRingPublishedKeys',
    'secretsmanager:PutSecretValue on KeyRingPrivateKeys',
    'secretsmanager:PutSecretValue on KeyRingPublishedKeys',
  ],
  IssuerProbeFunction: [],
};

describe('what each function may do', () => {
  it.each(Object.entries(rights))('%s', (id, expected) => {
    expect(rightsOf(id)).toEqual([...expected].sort());
  });

  it('is listed here for every function; the one more is the CDK’s own, which runs the triggers', () => {
    const functions = stack.ofType('AWS::Lambda::Function').map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    const triggers = 'AWSCDKTriggerCustomResourceProviderCustomResourceProviderHandler';
    expect(functions.sort()).toEqual([...Object.keys(rights), triggers].sort());
  });

  it('comes from a role that no other function has', () => {
    const roles = stack
      .ofType('AWS::Lambda::Function')
      .map(([, { Properties }]) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(roles.length);
    expect(stack.ofType('AWS::IAM::Role')).toHaveLength(roles.length);
  });

  it('runs the triggers: the CDK’s own function may invoke the two that it is for', () => {
    const [, role] = stack.ofType('AWS::IAM::Role').find(([id]) => id.startsWith('AWSCDKTrigger')) ?? [];
    const { ManagedPolicyArns, Policies } = role?.Properties ?? {};
    expect(JSON.stringify(ManagedPolicyArns)).toContain('service-role/AWSLambdaBasicExecutionRole');
    const inline = Policies as { PolicyDocument: { Statement: Statement[] } }[];
    const lines = granted(inline.flatMap(({ PolicyDocument }) => PolicyDocument.Statement));
    expect(lines.map((line) => line.replace(/[0-9A-F]{8}(?=")/g, ''))).toEqual([
      'lambda:InvokeFunction on {"Fn::Join":["",[{"Fn::GetAtt":["IssuerProbeFunction","Arn"]},":*"]]}',
      'lambda:InvokeFunction on {"Fn::Join":["",[{"Fn::GetAtt":["KeyRingRotation","Arn"]},":*"]]}',
    ]);
  });

  it('may be invoked by the API’s routes and the two schedules alone', () => {
    const principals = stack.ofType('AWS::Lambda::Permission').map(([, { Properties }]) => {
      expect(Properties.SourceArn).toBeDefined();
      return Properties.Principal;
    });
    expect(principals.filter((principal) => principal === 'events.amazonaws.com')).toHaveLength(2);
    const routes = stack.ofType('AWS::ApiGatewayV2::Route').length;
    expect(principals.filter((principal) => principal === 'apigateway.amazonaws.com')).toHaveLength(routes);
    expect(principals).toHaveLength(routes + 2);
  });
});
