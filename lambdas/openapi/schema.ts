/** JSON Schemas: of the zod schemas that validate, and of what is answered. */
import * as z from 'zod/mini';
import type { Answer, Schema } from './operation.ts';

/**
 * @param notes by member: the sentence that says what it has to be, or keywords that its check cannot say by itself
 * @returns the JSON Schema of what a zod schema accepts
 */
export function schemaOf(
  type: z.core.$ZodType,
  notes: Readonly<Record<string, string | Schema>> = {},
): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'output', unrepresentable: 'any' });
  const { properties = {} } = schema as { properties?: Record<string, Schema> };
  const noted = Object.entries(properties).map(([name, property]) => {
    const note = notes[name];
    if (note === undefined) return [name, property];
    return [name, { ...property, ...(typeof note === 'string' ? { description: sentence(note) } : note) }];
  });
  return noted.length === 0 ? schema : { ...schema, properties: Object.fromEntries(noted) };
}

/** The rules of a body's members go on from the member's name. */
const sentence = (rule: string): string => `${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`;

/** @returns the codes that a body is refused with whose members are wrong. */
export const memberCodes = (schema: Schema, ...but: string[]): `invalid_${string}`[] =>
  Object.keys((schema.properties ?? {}) as object)
    .filter((name) => !but.includes(name))
    .map((name) => `invalid_${name}` as const);

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object: members whose names end in `?` may be absent. */
export function object(members: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  const names = Object.keys(members);
  const required = names.filter((name) => !name.endsWith('?'));
  const properties = Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ''), schema]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...more,
  };
}

export const list = (items: Schema, description?: string): Schema => ({
  type: 'array',
  items,
  ...(description !== undefined && { description }),
});

export const text = (description?: string, more: Schema = {}): Schema => ({
  type: 'string',
  ...(description !== undefined && { description }),
  ...more,
});

export const oneOf = (values: readonly (string | null)[], description?: string): Schema => ({
  type: values.includes(null) ? ['string', 'null'] : 'string',
  enum: values,
  ...(description !== undefined && { description }),
});

export const count = (description?: string): Schema => ({
  type: 'integer',
  minimum: 0,
  ...(description !== undefined && { description }),
});

export const flag = (description?: string): Schema => ({
  type: 'boolean',
  ...(description !== undefined && { description }),
});

export const time = (description?: string): Schema => text(description, { format: 'date-time' });
export const seconds = (description: string): Schema => count(`${description}, in seconds since the epoch.`);
export const micros = (description = 'Micro-dollars, exact.'): Schema => count(description);
export const dollars = (): Schema => text('The same in dollars, for people.', { pattern: '^\\d+\\.\\d{6}$' });
export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
/** Scopes as OAuth writes them. */
export const scope = (description = 'Scopes, separated by single spaces.'): Schema => text(description);

/** An answer in JSON. */
export const inJson = (
  description: string,
  schema: Schema,
  example: unknown,
  headers: Answer['headers'] = [],
): Answer => ({ description, content: { 'application/json': { schema, example } }, headers });
