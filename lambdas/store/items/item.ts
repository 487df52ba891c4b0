/** What every item of either table has: a key, perhaps an end, and a shape that is looked at when it is read. */
import * as z from 'zod/mini';
import { FIRST_REVISION } from '../../domain/precondition.ts';

/** The key of an item in either table. */
export interface Key extends Record<string, string> {
  pk: string;
  sk: string;
}

/** Attribute of the time to live, in seconds since the epoch. */
export const EXPIRES_AT = 'expiresAt';

/** @returns one half of a key: its parts percent-encoded, so that no id can hold the separator. */
export const key = (...parts: string[]): string => parts.map(encodeURIComponent).join('#');

export const text = z.string();
export const integer = z.int();
export const texts = z.array(text);

const revisionShape = z.object({ revision: z.optional(text) });

/** @returns the revision of an item that operators change. */
export const revisionIn = (item: unknown): string => parse(revisionShape, item).revision ?? FIRST_REVISION;

/** @throws Error with the key of an item that has not the shape: it never counts as absent */
export function parse<Shape extends z.ZodMiniType>(shape: Shape, item: unknown): z.output<Shape> {
  const parsed = shape.safeParse(item);
  if (parsed.success) return parsed.data;
  const { pk, sk } = (item ?? {}) as Partial<Key>;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Error(`corrupt item ${pk} / ${sk}: ${fields}`);
}
