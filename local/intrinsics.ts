/**
 * CloudFormation's intrinsic functions, resolved to what a deployment would make of them. No I/O; what a
 * resource is called is the caller's to say. An intrinsic that is not here throws with its name.
 */

export interface Scope {
  /** Pseudo parameters such as `AWS::Region`, and the template's own. */
  parameters: Readonly<Record<string, unknown>>;
  conditions: Readonly<Record<string, unknown>>;
  /** @returns what `Ref` gives for a resource; `undefined` where the runner does not know it. */
  ref(logicalId: string): string | undefined;
  /** @returns what `Fn::GetAtt` gives; `undefined` where the runner does not know it. */
  attribute(logicalId: string, name: string): string | undefined;
}

/** An intrinsic, reference or attribute that the runner cannot resolve; the message names it. */
export class Unresolvable extends Error {
  override name = 'Unresolvable';
}

const NO_VALUE = Symbol('AWS::NoValue');

/**
 * @returns the value with every intrinsic replaced; what refers to `AWS::NoValue` is left out
 * @throws Unresolvable
 */
export function resolveIntrinsics(value: unknown, scope: Scope): unknown {
  const resolved = resolve(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

/**
 * Evaluates a condition of the template by its name.
 *
 * @throws Unresolvable
 */
export function holds(condition: string, scope: Scope): boolean {
  if (!Object.hasOwn(scope.conditions, condition)) throw new Unresolvable(`Condition ${condition}`);
  return truth(scope.conditions[condition], scope);
}

function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const name = intrinsicName(value);
  if (name !== undefined) return call(name, Object.values(value)[0], scope);
  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

/** @returns the intrinsic's name where the object is one. */
export function intrinsicName(value: object): string | undefined {
  const [key, ...others] = Object.keys(value);
  if (key === undefined || others.length > 0) return undefined;
  return key === 'Ref' || key === 'Condition' || key.startsWith('Fn::') ? key : undefined;
}

function call(name: string, argument: unknown, scope: Scope): unknown {
  const evaluate = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
  // A policy's `Condition` is no intrinsic: it has an object where a reference has a name.
  if (name === 'Condition' && typeof argument !== 'string') return { Condition: resolve(argument, scope) };
  if (evaluate === undefined) throw new Unresolvable(name);
  return evaluate(argument, scope);
}

const intrinsics: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (argument, scope) => reference(text(argument, 'Ref'), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...path] = typeof argument === 'string' ? argument.split('.') : texts(argument, 'Fn::GetAtt');
    return attribute(id ?? '', path.join('.'), scope);
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list(resolve(argument, scope), 'Fn::Join');
    return texts(parts, 'Fn::Join').join(text(separator, 'Fn::Join'));
  },
  'Fn::Sub': (argument, scope) => substitute(argument, scope),
  'Fn::Select': (argument, scope) => {
    const [index, values] = list(resolve(argument, scope), 'Fn::Select');
    const value = list(values, 'Fn::Select')[Number(index)];
    if (value === undefined) throw new Unresolvable('Fn::Select beyond the end of its list');
    return value;
  },
  'Fn::Split': (argument, scope) => {
    const [separator, value] = texts(resolve(argument, scope), 'Fn::Split');
    return (value ?? '').split(separator ?? '');
  },
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = list(argument, 'Fn::If');
    return resolve(holds(text(condition, 'Fn::If'), scope) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => truth({ 'Fn::Equals': argument }, scope),
  'Fn::Not': (argument, scope) => truth({ 'Fn::Not': argument }, scope),
  'Fn::And': (argument, scope) => truth({ 'Fn::And': argument }, scope),
  'Fn::Or': (argument, scope) => truth({ 'Fn::Or': argument }, scope),
  Condition: (argument, scope) => holds(text(argument, 'Condition'), scope),
};

function truth(value: unknown, scope: Scope): boolean {
  if (typeof value === 'boolean') return value;
  const [name, argument] = Object.entries(typeof value === 'object' && value !== null ? value : {})[0] ?? [];
  if (name === 'Condition') return holds(text(argument, name), scope);
  const operands = name === undefined ? [] : list(argument, name);
  if (name === 'Fn::Equals') {
    const [left, right] = operands.map((operand) => resolve(operand, scope));
    return String(left) === String(right);
  }
  if (name === 'Fn::Not') return !truth(operands[0], scope);
  if (name === 'Fn::And') return operands.every((operand) => truth(operand, scope));
  if (name === 'Fn::Or') return operands.some((operand) => truth(operand, scope));
  throw new Unresolvable(`condition ${name ?? String(value)}`);
}

function substitute(argument: unknown, scope: Scope): string {
  const [pattern, values] = Array.isArray(argument) ? argument : [argument, {}];
  const own = resolve(values, scope) as Record<string, unknown>;
  return text(pattern, 'Fn::Sub').replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    if (Object.hasOwn(own, name)) return text(own[name], 'Fn::Sub');
    const [id = '', ...path] = name.split('.');
    return path.length > 0
      ? text(attribute(id, path.join('.'), scope), 'Fn::Sub')
      : text(reference(name, scope), 'Fn::Sub');
  });
}

function reference(name: string, scope: Scope): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const value = Object.hasOwn(scope.parameters, name) ? scope.parameters[name] : scope.ref(name);
  if (value === undefined) throw new Unresolvable(`Ref ${name}`);
  return value;
}

function attribute(id: string, name: string, scope: Scope): string {
  const value = scope.attribute(id, name);
  if (value === undefined) throw new Unresolvable(`Fn::GetAtt ${id}.${name}`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new Unresolvable(`${where} with something that is no text`);
  return value;
}

function list(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new Unresolvable(`${where} with something that is no list`);
  return value;
}

const texts = (value: unknown, where: string): string[] =>
  list(value, where).map((item) => text(item, where));
