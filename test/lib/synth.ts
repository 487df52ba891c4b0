/** The template as it deploys, with the flags of `cdk.json`; only the functions are not bundled, which takes long. */

import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { routes } from '../../lambdas/routes.ts';
import { configOf } from '../../lib/config.ts';
import { TollgateStack } from '../../lib/tollgate-stack.ts';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

const flags = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')).context;

export function createApp(context: Record<string, unknown> = {}): { app: App; stack: TollgateStack } {
  const app = new App({
    context: { ...flags, ...context, 'aws:cdk:bundling-stacks': [] },
    // Takes seconds; `cdk synth` does it.
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
    stackTraces: false,
  });
  const config = configOf(app.node);
  return { app, stack: new TollgateStack(app, `Tollgate-${config.stage}`, { config }) };
}

export function synth(context: Record<string, unknown> = {}) {
  const template = Template.fromStack(createApp(context).stack).toJSON();
  const resources = new Map(Object.entries(template.Resources as Record<string, Resource>));
  return {
    template,
    resources,
    /** The resources of a type, as pairs of logical id and resource. */
    ofType: (type: string) => [...resources].filter(([, resource]) => resource.Type === type),
  };
}

/** @returns the logical ids that a value refers to, by `Ref`, `Fn::GetAtt` or inside `Fn::Sub`. */
export function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : inner).split('.')[0] ?? ''];
    if (key === 'Fn::Sub') return [...JSON.stringify(inner).matchAll(/\$\{(\w+)/g)].map(([, id]) => id ?? '');
    return referencesIn(inner);
  });
}

/** The functions that `routes.ts` names, by their logical ids without hash, such as `ProtectedResource`; but the key ring's. */
export const routedFunctions = [...new Set(routes.map((route) => route.function))]
  .filter((folder) => folder !== 'rotation')
  .map(logicalId);

/** Those behind a token, whose rights and environment are the guard's unless a test says more. */
export const guardedFunctions = [
  ...new Set(routes.filter(({ access }) => access.kind === 'token').map((route) => route.function)),
].map(logicalId);

function logicalId(folder: string): string {
  return folder.replace(/(^|-)(\w)/g, (_, _hyphen, letter: string) => letter.toUpperCase());
}
