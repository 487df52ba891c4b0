/** Whether each function may write its log. On AWS it runs without, and what it logs is lost. */
import { resolveIntrinsics, type Scope } from '../intrinsics.ts';
import { ACCOUNT, REGION } from '../physical.ts';
import type { Resource } from '../template.ts';
import type { Evaluate } from './evaluate.ts';
import type { Role } from './roles.ts';

/**
 * @param roles of all the functions, by the function's name
 * @returns a sentence for each function whose log would be lost
 * @throws Error where a role's policies cannot be evaluated
 */
export async function logWarnings(
  resources: Readonly<Record<string, Resource>>,
  scope: Scope,
  roles: ReadonlyMap<string, Role>,
  evaluate: Evaluate,
): Promise<string[]> {
  const groups = new Set(idsOf(resources, 'AWS::Logs::LogGroup').map((id) => scope.ref(id)));
  const warnings: string[] = [];
  for (const id of idsOf(resources, 'AWS::Lambda::Function')) {
    const functionName = scope.ref(id) ?? id;
    const role = roles.get(functionName);
    if (role === undefined) continue;
    const { LoggingConfig } = resolveIntrinsics(resources[id]?.Properties, scope) as Properties;
    const group = LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`;
    const log = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`;
    const needed = [
      ...(groups.has(group) ? [] : [{ action: 'logs:CreateLogGroup', resource: log }]),
      { action: 'logs:CreateLogStream', resource: `${log}:log-stream:any` },
      { action: 'logs:PutLogEvents', resource: `${log}:log-stream:any` },
    ];
    for (const request of needed) {
      if ((await evaluate({ functionName, role }, request)) === 'allowed') continue;
      warnings.push(`${id}: its role does not allow ${request.action}: on AWS its log would be lost.`);
      break;
    }
  }
  return warnings;
}

interface Properties {
  LoggingConfig?: { LogGroup?: string };
}

const idsOf = (resources: Readonly<Record<string, Resource>>, type: string): string[] =>
  Object.keys(resources).filter((id) => resources[id]?.Type === type);
