/** What the template's resources are called on this machine: what `Ref` and `Fn::GetAtt` give. */
import type { Scope } from './intrinsics.ts';
import type { Template } from './template.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '123456789012';
/** The one API's id, as it stands in `requestContext.apiId`. */
export const API_ID = 'local';

export interface Physical {
  stackName: string;
  /** The gateway's address, without a trailing slash. */
  url: string;
  /** ARN of each secret that exists, by logical id. */
  secrets: ReadonlyMap<string, string>;
}

/** @returns how the template's references resolve. */
export function scopeOf(template: Template, physical: Physical): Scope {
  const names = (logicalId: string) => {
    const type = Object.hasOwn(template.Resources, logicalId)
      ? template.Resources[logicalId]?.Type
      : undefined;
    return type === undefined ? undefined : namesOf(logicalId, type, template, physical);
  };
  return {
    parameters: { ...defaults(template), ...pseudoParameters(physical) },
    conditions: template.Conditions,
    ref: (logicalId) => names(logicalId)?.Ref,
    attribute: (logicalId, name) => {
      const known = names(logicalId);
      return known !== undefined && name !== 'Ref' && Object.hasOwn(known, name) ? known[name] : undefined;
    },
  };
}

/** @returns the name that a resource has unless the template gives it one. */
export const defaultName = (physical: Pick<Physical, 'stackName'>, logicalId: string) =>
  `${physical.stackName}-${logicalId}`;

const pseudoParameters = ({ stackName }: Physical) => ({
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackId': arn('cloudformation', `stack/${stackName}/local`),
  'AWS::StackName': stackName,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NotificationARNs': [],
});

const defaults = (template: Template) =>
  Object.fromEntries(
    Object.entries(template.Parameters)
      .filter(([, { Default }]) => Default !== undefined)
      .map(([name, { Default }]) => [name, Default]),
  );

type Names = Readonly<Record<string, string>>;

function namesOf(id: string, type: string, template: Template, physical: Physical): Names {
  const name = (property: string) => {
    const given = template.Resources[id]?.Properties[property];
    return typeof given === 'string' ? given : defaultName(physical, id);
  };
  const { Path: path = '/' } = template.Resources[id]?.Properties ?? {};
  switch (type) {
    case 'AWS::ApiGatewayV2::Api':
      return { Ref: API_ID, ApiId: API_ID, ApiEndpoint: physical.url };
    case 'AWS::ApiGatewayV2::Stage':
      return { Ref: '$default' };
    case 'AWS::DynamoDB::Table':
      return tableNames(name('TableName'));
    case 'AWS::IAM::ManagedPolicy': {
      const policy = iamArn(`policy${path}${name('ManagedPolicyName')}`);
      return { Ref: policy, PolicyArn: policy };
    }
    case 'AWS::IAM::Role':
      return { Ref: name('RoleName'), Arn: iamArn(`role${path}${name('RoleName')}`) };
    case 'AWS::Lambda::Function':
      return { Ref: name('FunctionName'), Arn: functionArn(name('FunctionName')) };
    case 'AWS::Lambda::Version':
      return { Ref: versionArn(id, template, physical) };
    case 'AWS::Logs::LogGroup':
      return { Ref: name('LogGroupName'), Arn: arn('logs', `log-group:${name('LogGroupName')}:*`) };
    case 'AWS::SecretsManager::Secret': {
      const secret = physical.secrets.get(id) ?? arn('secretsmanager', `secret:${name('Name')}`);
      return { Ref: secret, Id: secret };
    }
    default:
      return { Ref: id, Arn: arn(type.split('::')[1]?.toLowerCase() ?? 'local', id) };
  }
}

function tableNames(table: string): Names {
  const Arn = arn('dynamodb', `table/${table}`);
  return { Ref: table, Arn, StreamArn: `${Arn}/stream/local` };
}

function versionArn(id: string, template: Template, physical: Physical): string {
  const target = template.Resources[id]?.Properties.FunctionName;
  const ref = typeof target === 'object' && target !== null && 'Ref' in target ? String(target.Ref) : '';
  return `${namesOf(ref, template.Resources[ref]?.Type ?? '', template, physical).Arn}:1`;
}

const iamArn = (rest: string) => `arn:aws:iam::${ACCOUNT}:${rest}`;

const functionArn = (name: string) => arn('lambda', `function:${name}`);

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** @returns the function's name in its ARN, of a version or not. */
export const functionNameOf = (functionArn: string): string | undefined =>
  /:function:([^:/]+)/.exec(functionArn)?.[1];
