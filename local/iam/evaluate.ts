/**
 * Asks the policy simulator what IAM would decide. The one file that knows it.
 *
 * Decisions are remembered, up to a bound: a function asks for the same few things over and over.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT, REGION } from '../physical.ts';
import type { Role } from './roles.ts';

/** One thing that a call would do. */
export interface AccessRequest {
  /** Such as `dynamodb:PutItem`. */
  action: string;
  /** ARN, or `*` for an action that knows no resources. */
  resource: string;
  /** Every partition key that the call names; absent where it names none. */
  leadingKeys?: readonly string[];
}

export type Decision = 'allowed' | 'denied' | 'denied explicitly';

/** Whoever calls. */
export interface Caller {
  functionName: string;
  role: Role;
}

export type Evaluate = (caller: Caller, request: AccessRequest) => Promise<Decision>;

/** @returns the caller's name as AWS says it. */
export const arnOf = ({ functionName, role }: Caller): string =>
  `arn:aws:sts::${ACCOUNT}:assumed-role/${role.name}/${functionName}`;

/** @param bound how many decisions are remembered for each role */
export function createEvaluator(bound = 1000): Evaluate {
  const remembered = new WeakMap<Role, Map<string, Promise<Decision>>>();
  return (caller, request) => {
    const decisions = remembered.get(caller.role) ?? new Map<string, Promise<Decision>>();
    remembered.set(caller.role, decisions);
    const { action, resource, leadingKeys } = request;
    const key = JSON.stringify([action, resource, leadingKeys]);
    const known = decisions.get(key);
    if (known !== undefined) return known;
    const decision = simulate(caller, request);
    decisions.set(key, decision);
    const [oldest] = decisions.keys();
    if (decisions.size > bound && oldest !== undefined) decisions.delete(oldest);
    return decision;
  };
}

async function simulate(caller: Caller, request: AccessRequest): Promise<Decision> {
  const { action, resource, leadingKeys = [] } = request;
  const outcome = await runSimulation(
    {
      request: {
        principal: arnOf(caller),
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: {
          'aws:PrincipalAccount': ACCOUNT,
          'aws:PrincipalArn': caller.role.arn,
          'aws:RequestedRegion': REGION,
          'aws:ResourceAccount': ACCOUNT,
          'aws:SecureTransport': 'true',
          ...(leadingKeys.length > 0 && { 'dynamodb:LeadingKeys': leadingKeys.map(onOneLine) }),
        },
      },
      identityPolicies: [...caller.role.policies],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (outcome.resultType === 'error') {
    throw new Error(`IAM cannot be asked for ${action} on ${resource}: ${JSON.stringify(outcome.errors)}`);
  }
  const results = outcome.resultType === 'single' ? [outcome.result] : outcome.results;
  const ignored = results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys ?? []);
  // A key that is passed over would let a `ForAllValues` condition hold.
  if (ignored.length > 0) throw new Error(`IAM does not know ${ignored.join(', ')} for ${action}`);
  if (outcome.overallResult === 'Allowed') return 'allowed';
  return outcome.overallResult === 'ExplicitlyDenied' ? 'denied explicitly' : 'denied';
}

/** A `*` of IAM stands for line breaks too; the simulator's does not. */
const onOneLine = (key: string): string => key.replace(/[\n\r\u2028\u2029]/g, '\ufffd');
