/** What a call to Secrets Manager asks IAM for. */
import * as z from 'zod';
import { ACCOUNT, REGION } from '../physical.ts';
import { invalid, Refused, unknownOperation, unreadable } from './aws-error.ts';
import type { AccessRequest } from './evaluate.ts';

/** @returns the ARN of a secret by its name, its ARN or the ARN without its random end. */
export type FindSecret = (secretId: string) => string | undefined;

const onSecret = z.looseObject({ SecretId: z.string().min(1).max(2048) });
const created = z.looseObject({ Name: z.string() });

const OPERATIONS = new Set([
  'DescribeSecret',
  'GetSecretValue',
  'PutSecretValue',
  'UpdateSecretVersionStage',
]);

/**
 * @param input the parsed body
 * @returns what to ask, and what AWS calls the resource in its answer
 * @throws Refused where the call cannot be read
 */
export function secretsCall(
  operation: string,
  input: unknown,
  find: FindSecret,
): { request: AccessRequest; named: string } {
  const action = `secretsmanager:${operation}`;
  if (operation === 'CreateSecret') {
    const { Name } = parse(created, input);
    return { request: { action, resource: arnOfAbsent(Name) }, named: Name };
  }
  if (!OPERATIONS.has(operation)) throw new Refused(unknownOperation);
  const { SecretId } = parse(onSecret, input);
  return { request: { action, resource: find(SecretId) ?? arnOfAbsent(SecretId) }, named: SecretId };
}

const NAME = /^[\w/+=.@-]{1,512}$/;
const ARN = /^arn:aws:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/;

/** IAM is asked for a secret that is not there by its name and any random end. */
function arnOfAbsent(id: string): string {
  if (ARN.test(id)) return id;
  if (!NAME.test(id)) throw new Refused(invalid('Invalid name. Must be a valid name or ARN of a secret.'));
  return `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${id}-??????`;
}

function parse<T extends z.ZodType>(shape: T, input: unknown): z.output<T> {
  const parsed = shape.safeParse(input);
  if (!parsed.success) throw new Refused(unreadable);
  return parsed.data;
}
