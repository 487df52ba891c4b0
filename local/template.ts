/** The CloudFormation template as far as the runner reads it. */
import * as z from 'zod';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((ids) => (typeof ids === 'string' ? [ids] : ids)),
  Condition: z.string().optional(),
});

const parameter = z.looseObject({ Type: z.string(), Default: z.unknown().optional() });

export const templateSchema = z.looseObject({
  Resources: z.record(z.string(), resource),
  Parameters: z.record(z.string(), parameter).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })).default({}),
});

export type Resource = z.output<typeof resource>;
export type Template = z.output<typeof templateSchema>;

/** @returns the template's resources of one type, with their logical ids. */
export const resourcesOf = (template: Template, type: string): [logicalId: string, resource: Resource][] =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
