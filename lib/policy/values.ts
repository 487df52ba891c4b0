/**
 * What a value of a template is: which resource it refers to, through outputs, exports and nested stacks, and
 * how it will read. A stand-in takes the place of what only AWS knows, such as the random end of a name.
 */
import { type Stack, Token } from 'aws-cdk-lib';
import type { Cloud, Resource } from './cloud.ts';

/** Around what is not known before the deployment. */
const UNKNOWN = '\u0000';
const unknownParts = new RegExp(`${UNKNOWN}[^${UNKNOWN}]*${UNKNOWN}`, 'g');

/** @returns the text with something else, chosen by position, for all that is not known before the deployment. */
export const withUnknowns = (text: string, replacement: (at: number) => string): string =>
  text.replace(unknownParts, (_, at: number) => replacement(at));

/** @returns whether all of a text is known before the deployment. */
export const isKnown = (text: string): boolean => !text.includes(UNKNOWN);

/** @returns the resource that a value refers to as a whole, by `Ref` or one of its attributes. */
export function resourceOf(cloud: Cloud, value: unknown, stack: Stack): Resource | undefined {
  const [producer, intrinsic] = origin(cloud, value, stack);
  const reference = referenceIn(intrinsic);
  return reference && cloud.resource(producer, reference.id);
}

/** @returns every resource that a value refers to, anywhere in it. */
export function resourcesIn(cloud: Cloud, value: unknown, stack: Stack): Resource[] {
  const whole = resourceOf(cloud, value, stack);
  if (whole !== undefined) return [whole];
  if (isIntrinsic(value, 'Fn::Sub')) {
    const [text, variables] = substitution(value['Fn::Sub']);
    const named = [...text.matchAll(/\$\{([^!}.]+)/g)].map(([, id]) => cloud.resource(stack, id ?? ''));
    return [...named.filter((one) => one !== undefined), ...resourcesIn(cloud, variables, stack)];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => resourcesIn(cloud, inner, stack));
}

/** @returns how a value will read, with stand-ins for what is not known. */
export function textOf(cloud: Cloud, value: unknown, stack: Stack): string {
  const [producer, intrinsic] = origin(cloud, value, stack);
  if (typeof intrinsic !== 'object' || intrinsic === null) return String(intrinsic);
  if (isIntrinsic(intrinsic, 'Fn::Join')) {
    const [separator, parts] = intrinsic['Fn::Join'] as [string, unknown];
    if (Array.isArray(parts)) return parts.map((part) => textOf(cloud, part, producer)).join(separator);
  }
  if (isIntrinsic(intrinsic, 'Fn::Sub')) {
    const [text, variables] = substitution(intrinsic['Fn::Sub']);
    return text.replace(/\$\{([^!}]+)\}/g, (_, name: string) =>
      textOf(cloud, variables[name] ?? named(name), producer),
    );
  }
  const reference = referenceIn(intrinsic);
  const resource = reference && cloud.resource(producer, reference.id);
  const text = resource
    ? attributeText(cloud, resource, reference.attribute)
    : pseudoParameter(reference?.id, producer);
  return text ?? `${UNKNOWN}${producer.node.path} ${JSON.stringify(intrinsic)}${UNKNOWN}`;
}

function pseudoParameter(name: string | undefined, stack: Stack): string | undefined {
  switch (name) {
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::Region':
      return regionOf(stack);
    case 'AWS::AccountId':
      return 'account';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    default:
      return undefined;
  }
}

const regionOf = ({ region }: Stack): string => (Token.isUnresolved(region) ? 'region' : region);

/** The texts that matter: addresses of APIs, names and ARNs of what holds data. */
function attributeText(cloud: Cloud, resource: Resource, attribute: string | undefined): string | undefined {
  const { type, properties, stack, id } = resource;
  const name = (given: unknown, byDefault: string) =>
    given === undefined ? byDefault : textOf(cloud, given, stack);
  switch (type) {
    case 'AWS::ApiGatewayV2::Api':
      if (attribute === undefined) return id.toLowerCase();
      return attribute === 'ApiEndpoint'
        ? `https://${id.toLowerCase()}.execute-api.${regionOf(stack)}.amazonaws.com`
        : undefined;
    case 'AWS::DynamoDB::Table': {
      const table = name(properties.TableName, `${stack.stackName}-${id}-${RANDOM}`);
      if (attribute === undefined) return table;
      return attribute === 'Arn' ? `arn:aws:dynamodb:region:account:table/${table}` : undefined;
    }
    case 'AWS::SecretsManager::Secret': {
      const secret = name(properties.Name, `${id}-${RANDOM}`);
      return `arn:aws:secretsmanager:region:account:secret:${secret}-${RANDOM.slice(0, 6)}`;
    }
    default:
      return undefined;
  }
}

const RANDOM = 'XXXXXXXXXXXX';

/** Follows a value to where it comes from: a resource of its own stack, or what is no reference at all. */
function origin(cloud: Cloud, value: unknown, stack: Stack): [Stack, unknown] {
  const next = stepBack(cloud, value, stack);
  return next === undefined ? [stack, value] : origin(cloud, next[1], next[0]);
}

function stepBack(cloud: Cloud, value: unknown, stack: Stack): [Stack, unknown] | undefined {
  if (isIntrinsic(value, 'Fn::ImportValue')) {
    const name = value['Fn::ImportValue'];
    return firstOutput(cloud, (_, __, exported) => exported !== undefined && exported === name);
  }
  if (isIntrinsic(value, 'Fn::GetStackOutput')) {
    const { StackName, OutputName } = value['Fn::GetStackOutput'] as Record<string, unknown>;
    const from = `/${textOf(cloud, StackName, stack)}/`;
    return firstOutput(cloud, (of, id) => id === OutputName && from.includes(`/${of.stackName}/`));
  }
  const reference = referenceIn(value);
  if (reference === undefined) return undefined;
  const { id, attribute } = reference;
  const resource = cloud.resource(stack, id);
  if (attribute?.startsWith('Outputs.') && resource?.type === 'AWS::CloudFormation::Stack') {
    const output = attribute.slice('Outputs.'.length);
    return firstOutput(cloud, (of, name) => of.nestedStackResource === resource.construct && name === output);
  }
  const { nestedStackParent: parent, nestedStackResource: self } = stack;
  if (resource !== undefined || parent === undefined || self === undefined) return undefined;
  const parameters = cloud.ofConstruct(self)?.properties.Parameters as Record<string, unknown> | undefined;
  return parameters?.[id] === undefined ? undefined : [parent, parameters[id]];
}

function firstOutput(
  cloud: Cloud,
  matches: (stack: Stack, id: string, exported: unknown) => boolean,
): [Stack, unknown] | undefined {
  for (const stack of cloud.stacks) {
    for (const [id, { Value, Export }] of Object.entries(cloud.templateOf(stack).Outputs ?? {})) {
      if (matches(stack, id, Export?.Name)) return [stack, Value];
    }
  }
  return undefined;
}

function referenceIn(value: unknown): { id: string; attribute?: string } | undefined {
  if (isIntrinsic(value, 'Ref')) return { id: String(value.Ref) };
  if (!isIntrinsic(value, 'Fn::GetAtt')) return undefined;
  const path = value['Fn::GetAtt'];
  const [id = '', ...attribute] = Array.isArray(path) ? path.map(String) : String(path).split('.');
  return { id, attribute: attribute.join('.') };
}

/** `${Table.Arn}` of a substitution as the intrinsic that it stands for. */
function named(name: string): unknown {
  return name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name };
}

function substitution(value: unknown): [string, Record<string, unknown>] {
  return Array.isArray(value) ? [String(value[0]), value[1] ?? {}] : [String(value), {}];
}

function isIntrinsic<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}
