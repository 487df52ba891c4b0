/** What the role of a function lets it do with Tollgate's data. */
import type { Stack } from 'aws-cdk-lib';
import { type Cloud, listOf, type Resource } from './cloud.ts';
import type { StoredData } from './stores.ts';
import { resourceOf, textOf } from './values.ts';

/** One action on one table or secret. */
export interface Right {
  data: StoredData;
  /** As it is written; IAM does not care for its case. `*` and `?` stand for whatever they can. */
  action: string;
  /** The forms of the partition keys, such as `USAGE#*`; `undefined` where every item is reached. */
  partitions: readonly string[] | undefined;
  /** The policy that grants it. */
  grantedBy: string;
}

/** @returns the rights of a function on `data`. Denials are left out: they only ever take away. */
export function rightsOf(cloud: Cloud, fn: Resource, data: readonly StoredData[]): Right[] {
  const role = resourceOf(cloud, fn.properties.Role, fn.stack);
  if (role === undefined) return [];
  return statementsOf(cloud, role).flatMap(({ statement, stack, grantedBy }) => {
    if (statement.Effect !== 'Allow') return [];
    const resources = listOf(statement.Resource).map((resource) => textOf(cloud, resource, stack));
    const reached = data.filter(({ arn }) => resources.some((pattern) => isArnOf(pattern, arn)));
    const actions = listOf(statement.Action).map(String);
    const partitions = leadingKeys(statement.Condition);
    // The two that say what is not meant are taken for everything.
    const everything = statement.NotAction === undefined ? actions : ['*'];
    return (statement.NotResource === undefined ? reached : data).flatMap((one) =>
      everything
        .filter((action) => isActionOn(action, one))
        .map((action) => ({ data: one, action, partitions, grantedBy })),
    );
  });
}

interface Statement {
  Effect?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
}

interface Granted {
  statement: Statement;
  stack: Stack;
  grantedBy: string;
}

function statementsOf(cloud: Cloud, role: Resource): Granted[] {
  const attached = listOf(role.properties.ManagedPolicyArns);
  const own = attached.map((arn) => resourceOf(cloud, arn, role.stack));
  const policies = cloud
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy')
    .filter((policy) => own.includes(policy) || rolesOf(cloud, policy).includes(role));
  const inline = listOf(role.properties.Policies) as { PolicyDocument?: unknown }[];
  return [
    ...policies.flatMap((policy) => granted(policy.properties.PolicyDocument, policy)),
    ...inline.flatMap(({ PolicyDocument }) => granted(PolicyDocument, role)),
    ...attached.flatMap((arn) => ofAws(textOf(cloud, arn, role.stack), role)),
  ];
}

const rolesOf = (cloud: Cloud, { properties, stack }: Resource): (Resource | undefined)[] =>
  [...listOf(properties.Roles), ...listOf(properties.RoleName)].map((role) => resourceOf(cloud, role, stack));

function granted(document: unknown, { construct, stack }: Resource): Granted[] {
  const { Statement } = (document ?? {}) as { Statement?: unknown };
  return listOf(Statement).map((statement) => ({
    statement: statement as Statement,
    stack,
    grantedBy: construct.node.path,
  }));
}

/** Policies that AWS manages are not in the app; these are the ones that reach tables or secrets. */
function ofAws(arn: string, { stack }: Resource): Granted[] {
  const name = arn.split(':policy/')[1] ?? '';
  const [, actions] = managed.find(([pattern]) => pattern.test(name)) ?? [];
  if (actions === undefined) return [];
  return [{ statement: { Effect: 'Allow', Action: actions, Resource: '*' }, stack, grantedBy: name }];
}

const managed: [RegExp, string[]][] = [
  [/^(AdministratorAccess|PowerUserAccess)$/, ['*']],
  [/^AmazonDynamoDBFullAccess/, ['dynamodb:*']],
  [/^(AmazonDynamoDB)?ReadOnlyAccess$/, ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan']],
  [/^SecretsManagerReadWrite$/, ['secretsmanager:*']],
];

/** Region and account are not compared: a mistake in them is no protection to count on. */
function isArnOf(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [, , service = '', , , ...rest] = pattern.split(':');
  const [, , itsService = '', , , ...itsRest] = arn.split(':');
  return matches(service, itsService) && matches(rest.join(':'), itsRest.join(':'));
}

function isActionOn(action: string, { type }: StoredData): boolean {
  const service = type === 'table' ? 'dynamodb' : 'secretsmanager';
  return matches(action.split(':')[0]?.toLowerCase() ?? '', service);
}

/** IAM's wildcards: `*` for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** Only what certainly holds for every key of a request counts as a restriction. */
function leadingKeys(condition: unknown): string[] | undefined {
  for (const [operator, tests] of Object.entries(condition ?? {})) {
    if (!/^ForAllValues:String(Like|Equals)$/i.test(operator)) continue;
    for (const [key, values] of Object.entries(tests ?? {})) {
      if (key.toLowerCase() === 'dynamodb:leadingkeys') return listOf(values).map(String);
    }
  }
  return undefined;
}
