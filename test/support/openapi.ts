/** An OpenAPI document, asked whether what was answered is what it says. */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Media {
  schema: object;
  example?: unknown;
  examples?: object;
}

interface Documented {
  responses: Record<string, { content?: Record<string, Media> }>;
}

/** What of a document is asked. */
export interface Document {
  paths: Record<string, Record<string, object>>;
}

/** Something that a gateway answered. */
export interface Answered {
  /** Method and path, with or without a query. */
  key: string;
  status: number;
  contentType: string | null;
  text: string;
}

export interface Schemas {
  /** @returns what of a value is not as the schema says */
  faultIn(schema: object, value: unknown): string | undefined;
}

/** References lead into the document, and each schema is compiled when it is first asked for. */
export function schemasOf(document: object): Schemas {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema(document, ROOT);
  const compiled = new Map<object, ValidateFunction>();
  const validatorOf = (schema: object): ValidateFunction => {
    const known = compiled.get(schema) ?? ajv.compile(absolute(schema) as object);
    compiled.set(schema, known);
    return known;
  };
  return {
    faultIn(schema, value) {
      const validate = validatorOf(schema);
      return validate(value) ? undefined : ajv.errorsText(validate.errors);
    },
  };
}

const ROOT = 'openapi.json';

function absolute(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(absolute);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) =>
      name === '$ref' ? [name, `${ROOT}${String(value)}`] : [name, absolute(value)],
    ),
  );
}

/** @returns each body that there can be, by its operation and status. */
export const documentedResponses = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      Object.entries((operation as Documented).responses).flatMap(([status, { content = {} }]) =>
        Object.values(content).map((media) => ({ key: `${method.toUpperCase()} ${path}`, status, media })),
      ),
    ),
  );

/**
 * @returns the check: what of an answer the document does not say; `undefined` where all is as it says, and for paths
 *   that it does not have
 */
export function conformance(document: Document): (answered: Answered) => string | undefined {
  const schemas = schemasOf(document);
  return ({ key, status, contentType, text }) => {
    const operation = operationAt(document, key);
    if (operation === undefined) return undefined;
    const response = operation.responses[status];
    if (response === undefined) return `no answer ${status} is documented`;
    if (text === '') return response.content === undefined ? undefined : emptyFault(status);
    const type = contentType?.split(';', 1)[0]?.trim() ?? '';
    const media = response.content?.[type];
    if (media === undefined) return `no ${type} is documented for ${status}`;
    return schemas.faultIn(media.schema, type.endsWith('json') ? JSON.parse(text) : text);
  };
}

const emptyFault = (status: number): string | undefined =>
  status === 304 ? undefined : `a body is documented for ${status}, and there is none`;

/** A path is decoded before it is parted, and a literal part comes before a parameter: as at the gateway. */
function operationAt({ paths }: Document, key: string): Documented | undefined {
  const [method = '', target = ''] = key.split(' ');
  const parts = decodeURIComponent(target.split('?', 1)[0] ?? '').split('/');
  const matching = Object.keys(paths)
    .filter((path) => matches(path.split('/'), parts))
    .sort((a, b) => parametersIn(a) - parametersIn(b))
    .find((path) => paths[path]?.[method.toLowerCase()] !== undefined);
  return matching === undefined ? undefined : (paths[matching]?.[method.toLowerCase()] as Documented);
}

const matches = (template: readonly string[], parts: readonly string[]): boolean =>
  template.length === parts.length &&
  template.every((part, index) => (part.startsWith('{') ? parts[index] !== '' : part === parts[index]));

const parametersIn = (path: string): number => path.split('{').length;
