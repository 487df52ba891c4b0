/** Reads the partition keys that a call names, as `dynamodb:LeadingKeys` has them. */

import engine from 'dynalite/validations/index.js';
import queryRules from 'dynalite/validations/query.js';
import { invalid, Refused, unreadable } from './aws-error.ts';

type Attributes = Readonly<Record<string, unknown>>;

/**
 * @param item an item or a key
 * @param name of the partition key
 * @throws Refused where the key is not there
 */
export function keyOfItem(item: Attributes, name: string): string {
  if (Object.hasOwn(item, name)) return text(item[name]);
  throw new Refused(
    invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`),
  );
}

/**
 * The key condition is read by the engine's own parser: what it looks up is what was asked for.
 *
 * @param input of a Query
 * @throws Refused where the engine would refuse the query, or the condition is not an equality
 */
export function keyOfQuery(input: unknown, name: string): string {
  const { KeyConditions = {} } = parsed(input);
  const condition = Object.hasOwn(KeyConditions, name) ? KeyConditions[name] : undefined;
  const [value, ...others] = condition?.AttributeValueList ?? [];
  if (condition?.ComparisonOperator !== 'EQ' || others.length > 0) {
    throw new Refused(invalid('Query key condition not supported'));
  }
  return text(value);
}

interface ParsedQuery {
  KeyConditions?: Record<string, { ComparisonOperator?: string; AttributeValueList?: unknown[] }>;
}

function parsed(input: unknown): ParsedQuery {
  try {
    const query = engine.checkTypes(structuredClone(input), queryRules.types);
    engine.checkValidations(query, queryRules.types, queryRules.custom);
    return query as ParsedQuery;
  } catch (error) {
    if (isAnswer(error)) throw new Refused({ status: error.statusCode, body: error.body });
    throw error;
  }
}

const isAnswer = (error: unknown): error is { statusCode: number; body: Attributes } =>
  error instanceof Error && 'statusCode' in error && 'body' in error;

/** A number and binary data are compared by their text. */
function text(attribute: unknown): string {
  const [entry, ...others] = Object.entries(
    typeof attribute === 'object' && attribute !== null ? attribute : {},
  );
  const [type = '', value] = entry ?? [];
  if (!['S', 'N', 'B'].includes(type) || typeof value !== 'string' || others.length > 0) {
    throw new Refused(unreadable);
  }
  return value;
}
