/**
 * What an app deploys: the resources of its synthesized templates, each with its construct. The templates and
 * not the tree, because overrides, aspects and dependencies are in there as CloudFormation gets them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

export interface Resource {
  /** Its logical id, unique within its stack. */
  id: string;
  type: string;
  properties: Readonly<Record<string, unknown>>;
  dependsOn: readonly string[];
  construct: IConstruct;
  stack: Stack;
}

/** The parts of a template that are read here. */
export interface Template {
  Resources?: Record<string, { Type: string; Properties?: Record<string, unknown>; DependsOn?: unknown }>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
}

export class Cloud {
  readonly resources: readonly Resource[];
  readonly stacks: readonly Stack[];
  readonly #templates: ReadonlyMap<Stack, Template>;
  readonly #byStack: ReadonlyMap<Stack, ReadonlyMap<string, Resource>>;

  /**
   * @param app the root of a tree that has been synthesized
   * @throws Error where a stack has no template yet
   */
  constructor(app: IConstruct) {
    this.stacks = app.node.findAll().filter(Stack.isStack);
    this.#templates = new Map(this.stacks.map((stack) => [stack, templateOf(stack)]));
    this.resources = this.stacks.flatMap((stack) => resourcesOf(stack, this.templateOf(stack)));
    this.#byStack = new Map(
      this.stacks.map((stack) => [
        stack,
        new Map(this.resources.filter((one) => one.stack === stack).map((one) => [one.id, one])),
      ]),
    );
  }

  ofType(...types: string[]): Resource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  resource(stack: Stack, id: string): Resource | undefined {
    return this.#byStack.get(stack)?.get(id);
  }

  templateOf(stack: Stack): Template {
    return this.#templates.get(stack) ?? {};
  }

  /** @returns the resource that a construct of the lowest level, or one that wraps it, became. */
  ofConstruct(construct: IConstruct): Resource | undefined {
    const wanted = [construct, construct.node.defaultChild];
    return this.resources.find((resource) => wanted.includes(resource.construct));
  }
}

/** @returns the closest construct of a class around a resource, or itself. */
export function around<Kind extends IConstruct>(
  { construct }: Resource,
  kind: abstract new (...args: never[]) => Kind,
): Kind | undefined {
  return construct.node.scopes.findLast((scope): scope is Kind => scope instanceof kind);
}

function templateOf(stack: Stack): Template {
  const directory = Stage.of(stack)?.outdir ?? '.';
  return JSON.parse(readFileSync(join(directory, stack.templateFile), 'utf8'));
}

function resourcesOf(stack: Stack, { Resources = {} }: Template): Resource[] {
  const constructs = new Map(
    stack.node
      .findAll()
      .filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct))
      .filter((construct) => construct.stack === stack)
      .map((construct) => [String(stack.resolve(construct.logicalId)), construct]),
  );
  return Object.entries(Resources).map(([id, { Type, Properties = {}, DependsOn }]) => ({
    id,
    type: Type,
    properties: Properties,
    dependsOn: listOf(DependsOn).map(String),
    construct: constructs.get(id) ?? stack,
    stack,
  }));
}

/** @returns a list, where CloudFormation takes one value, several or none. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
