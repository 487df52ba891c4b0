/**
 * Stands before DynamoDB, Secrets Manager and EventBridge: who signed the call, and does their role allow it? The operator may
 * do everything, a function what its role in the template says, and nobody else is known.
 */
import { headersOf } from '../event.ts';
import { checkSignature, type SignedRequest } from '../signature.ts';
import {
  type AwsError,
  accessDenied,
  Refused,
  signatureErrors,
  unknownOperation,
  unreadable,
} from './aws-error.ts';
import { dynamoDbCall, type Tables } from './dynamodb-calls.ts';
import type { AccessRequest, Caller, Evaluate } from './evaluate.ts';
import { eventsCall } from './events-calls.ts';
import type { Principals } from './principals.ts';
import { type FindSecret, secretsCall } from './secrets-calls.ts';

/** @returns what to answer instead of the service; `undefined` where the call may pass. */
export type Guard = (request: SignedRequest) => Promise<AwsError | undefined>;

export interface GuardOptions {
  principals: Principals;
  evaluate: Evaluate;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Gets the sentence of each call that a role does not allow. */
  onDenied?: (sentence: string) => void;
}

/** What a call asks for, and what the answer calls the resource. */
type Asked = { request: AccessRequest; named: string };
type ReadCall = (operation: string, input: unknown, tables: Tables) => Asked[];

export const guardDynamoDb = (options: GuardOptions): Guard =>
  createGuard(options, 'dynamodb', /^DynamoDB_20120810\.(\w+)$/, (operation, input, tables) =>
    dynamoDbCall(operation, input, tables).map((request) => ({ request, named: request.resource })),
  );

export const guardSecrets = (options: GuardOptions, find: FindSecret): Guard =>
  createGuard(options, 'secretsmanager', /^secretsmanager\.(\w+)$/, (operation, input) => [
    secretsCall(operation, input, find),
  ]);

export const guardEvents = (options: GuardOptions): Guard =>
  createGuard(options, 'events', /^AWSEvents\.(\w+)$/, (operation, input) =>
    eventsCall(operation, input).map((request) => ({ request, named: request.resource })),
  );

function createGuard(
  { principals, evaluate, clock, onDenied }: GuardOptions,
  service: string,
  target: RegExp,
  read: ReadCall,
): Guard {
  return async (request) => {
    const rules = { service, secretOf: principals.secretOf, now: clock() };
    const check = await checkSignature(request, rules);
    if (!check.valid) return signatureErrors[check.reason];
    const principal = principals.find(check.accessKeyId);
    if (principal === undefined) return signatureErrors.unknown;
    if (principal.is === 'operator') return undefined;
    const operation = target.exec(headersOf(request.rawHeaders)['x-amz-target'] ?? '')?.[1];
    if (request.method !== 'POST' || operation === undefined) return unknownOperation;
    try {
      const asked = read(operation, parse(request.body), principal.tables);
      const refused = await refusal(principal.caller, asked, evaluate);
      if (refused !== undefined) onDenied?.(String(refused.body.Message));
      return refused;
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  };
}

/** IAM names the first thing that is not allowed. */
async function refusal(
  caller: Caller,
  asked: readonly Asked[],
  evaluate: Evaluate,
): Promise<AwsError | undefined> {
  for (const { request, named } of asked) {
    const decision = await evaluate(caller, request);
    if (decision !== 'allowed') return accessDenied(caller, request, named, decision);
  }
  return undefined;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refused(unreadable);
  }
}
