/** What the document says of a route beyond what `routes.ts` says: its parameters, bodies, answers and errors. */
import type { Route } from '../routes.ts';
import type { Code } from './codes.ts';

/** A JSON Schema (2020-12). */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  description: string;
  schema: Schema;
  example?: unknown;
  /** By default it may be left out. */
  required?: boolean;
}

export interface Body {
  /** By default `application/json` alone. */
  mediaTypes?: readonly string[];
  schema: Schema;
  /** By their names; the first is the one that a page shows. */
  examples: Readonly<Record<string, unknown>>;
  /** By default it has to be there. */
  optional?: boolean;
}

/** What comes with a status below 400. */
export interface Answer {
  description: string;
  /** What it has by media type; nothing where absent. */
  content?: Readonly<Record<string, { schema: Schema; example: unknown }>>;
  /** Names of `responseHeaders`. */
  headers?: readonly HeaderName[];
}

export type HeaderName = 'Authorization' | 'ETag' | 'Link' | 'Location';

/** A code of an error: one that has a sentence, or `invalid_<member>` of a body that has a schema. */
export type ErrorCode = Code | `invalid_${string}`;

/** The codes that an operation answers by itself; those of the gateway, the guard and the wrappers come by themselves. */
export type Errors = Readonly<Partial<Record<ErrorStatus, readonly ErrorCode[]>>>;
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 422 | 428 | 429 | 500 | 503;

export interface Operation {
  /** A verb and what it is done to, such as `createClient`: client libraries make it a function's name. */
  id: string;
  description?: string;
  /** By their names. Those of the path stand in `parameters.ts`; here is what is particular to them. */
  query?: Readonly<Record<string, Parameter>>;
  headers?: Readonly<Record<string, Parameter>>;
  body?: Body;
  /** By their status. */
  answers: Readonly<Partial<Record<200 | 201 | 204 | 304, Answer>>>;
  errors?: Errors;
  /** What an operator's route stands on: its 503 is named by it. */
  store?: 'directory' | 'ledger' | 'key_ring';
  /** How its errors look, where that does not follow from who may call it. */
  errorForm?: 'oauth' | 'problem';
  /** Security requirements, where they do not follow from who may call it. */
  security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** Operations of one subject. */
export interface Group {
  tag: { name: string; description: string };
  /** Its part of `components/schemas`. */
  schemas?: Readonly<Record<string, Schema>>;
  operations: Readonly<Partial<Record<Route['key'], Operation>>>;
}
