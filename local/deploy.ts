/** Puts a cloud assembly on this machine: what CloudFormation would do with it, as far as callers can tell. */
import { type Api, readApi } from './api.ts';
import type { CloudAssembly } from './cloud-assembly.ts';
import { createTables } from './dynamodb.ts';
import type { Outcome } from './function-instance.ts';
import { createFunction, type LambdaFunction } from './function-pool.ts';
import { readFunctions, type ServiceEndpoints } from './functions.ts';
import { accessOf, tablesOf } from './iam/access.ts';
import type { Evaluate } from './iam/evaluate.ts';
import { logWarnings } from './iam/log-permissions.ts';
import type { Access } from './iam/principals.ts';
import { rolesOfFunctions } from './iam/roles.ts';
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { requireInvokePermissions } from './invoke-permissions.ts';
import { defaultName, scopeOf } from './physical.ts';
import type { AwsCredentials } from './signature.ts';
import { supportedResources } from './support.ts';
import { resourcesOf, type Template } from './template.ts';
import { type Schedule, schedulesOf, type Trigger, triggersOf } from './triggers.ts';

/** What there is on this machine, whichever assembly is served. */
export interface Machine {
  /** The gateway's address, without a trailing slash. */
  url: string;
  operator: AwsCredentials;
  endpoints: ServiceEndpoints;
  evaluate: Evaluate;
  createSecret(name: string): Promise<{ arn: string }>;
  /** Takes the lines of a function. */
  logOf(functionName: string): (line: string) => void;
}

export interface Deployment {
  stackName: string;
  api: Api;
  /** What the stack tells of itself, by name. */
  outputs(): Readonly<Record<string, string>>;
  functions: ReadonlyMap<string, LambdaFunction>;
  triggers: readonly Trigger[];
  schedules: readonly Schedule[];
  tables: readonly string[];
  /** What its functions sign with, and what that lets them do. */
  access: Access;
  /** What works here, and less well on AWS. */
  warnings: readonly string[];
  invoke(functionName: string, event: unknown, requestId: string): Promise<Outcome>;
}

/**
 * Checks the template, then creates what is not there yet. Nothing runs before the whole template is checked.
 *
 * @throws UnsupportedTemplate
 */
export async function deploy(assembly: CloudAssembly, machine: Machine): Promise<Deployment> {
  const { template, stackName, assets } = assembly;
  const secrets = new Map<string, string>();
  const scope = scopeOf(template, { stackName, url: machine.url, secrets });
  const resources = supportedResources(template, scope);
  const api = readApi(resources, scope);
  requireInvokePermissions(api, resources, scope);
  const triggers = triggersOf(resources, scope);
  const schedules = schedulesOf(resources, scope);
  rolesOfFunctions(resources, scope);
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::SecretsManager::Secret')) {
    const name = typeof Properties.Name === 'string' ? Properties.Name : defaultName({ stackName }, id);
    secrets.set(id, (await machine.createSecret(name)).arn);
  }
  // Again: only now the ARNs of the secrets are known.
  const roles = rolesOfFunctions(resources, scope);
  const warnings = await logWarnings(resources, scope, roles, machine.evaluate);
  const tables = await createTables(resources, scope, machine.endpoints.dynamodb, machine.operator);
  const configs = readFunctions(resources, scope, assets, machine.endpoints);
  const functions = new Map(
    configs.map((config) => [config.name, createFunction(config, machine.logOf(config.name))]),
  );
  return {
    stackName,
    api,
    outputs: () => outputsOf(template, scope),
    functions,
    triggers,
    schedules,
    tables,
    access: accessOf(configs, roles, tablesOf(resources, scope)),
    warnings,
    invoke: async (name, event, requestId) =>
      functions.get(name)?.invoke(event, requestId) ?? {
        ok: false,
        kind: 'init',
        reason: `there is no function ${name}`,
      },
  };
}

const outputsOf = ({ Outputs }: Template, scope: Scope): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Outputs).map(([name, { Value }]) => [name, String(resolveIntrinsics(Value, scope))]),
  );
