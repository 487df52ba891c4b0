/**
 * Refuses a template that the runner would serve differently from AWS: every resource type, property, value
 * and intrinsic has to be one that it understands or that changes nothing for a caller.
 */
import { holds, resolveIntrinsics, type Scope, Unresolvable } from './intrinsics.ts';
import { ignoredTypes, type Shape, supportedTypes } from './supported-types.ts';
import type { Resource, Template } from './template.ts';

/** What the runner does not understand, all of it in one message. */
export class UnsupportedTemplate extends Error {
  override name = 'UnsupportedTemplate';
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(`the local runner does not understand:\n${findings.map((finding) => `  - ${finding}`).join('\n')}`);
    this.findings = findings;
  }
}

/**
 * @returns the resources that take part, their intrinsics not yet resolved; those whose condition is false
 * are left out
 * @throws UnsupportedTemplate that names each finding by logical id, type and property
 */
export function supportedResources(template: Template, scope: Scope): Record<string, Resource> {
  const findings = Object.keys(template)
    .filter((section) => !SECTIONS.has(section))
    .map((section) => `the template's section ${section}`);
  const taking: Record<string, Resource> = {};
  for (const [id, resource] of Object.entries(template.Resources)) {
    try {
      if (resource.Condition !== undefined && !holds(resource.Condition, scope)) continue;
    } catch (error) {
      findings.push(`${id} (${resource.Type}): ${reason(error)}`);
      continue;
    }
    taking[id] = resource;
    findings.push(...findingsOf(resource, scope).map((finding) => `${id} (${resource.Type}): ${finding}`));
  }
  if (findings.length > 0) throw new UnsupportedTemplate(findings);
  return taking;
}

const SECTIONS = new Set([
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
]);

const ATTRIBUTES = new Set([
  'Condition',
  'DeletionPolicy',
  'DependsOn',
  'Metadata',
  'Properties',
  'Type',
  'UpdateReplacePolicy',
]);

function findingsOf(resource: Resource, scope: Scope): string[] {
  if (ignoredTypes.has(resource.Type)) return [];
  const shapes = Object.hasOwn(supportedTypes, resource.Type) ? supportedTypes[resource.Type] : undefined;
  if (shapes === undefined) return ['resource type'];
  const attributes = Object.keys(resource).filter((name) => !ATTRIBUTES.has(name));
  const properties = Object.entries(resource.Properties).flatMap(([name, value]) => {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined) return [`property ${name}`];
    try {
      return misfits(resolveIntrinsics(value, scope), shape, name);
    } catch (error) {
      return [`property ${name}: ${reason(error)}`];
    }
  });
  return [...attributes.map((name) => `attribute ${name}`), ...properties];
}

/** @returns what in the value does not fit the shape, by path. */
function misfits(value: unknown, shape: Shape, path: string): string[] {
  if (shape === 'any' || value === undefined) return [];
  if (shape instanceof RegExp) {
    return shape.test(String(value)) ? [] : [`property ${path} = ${JSON.stringify(value)}`];
  }
  if ('each' in shape) {
    const items = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return items.flatMap(([key, item]) => misfits(item, shape.each, `${path}.${key}`));
  }
  if (typeof value !== 'object' || value === null) return [`property ${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, item]) => {
    const inner = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
    return inner === undefined ? [`property ${path}.${name}`] : misfits(item, inner, `${path}.${name}`);
  });
}

function reason(error: unknown): string {
  if (error instanceof Unresolvable) return error.message;
  throw error;
}
