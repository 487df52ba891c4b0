/** Reads the functions out of a checked template: which bundle, which handler, which environment. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { REGION } from './physical.ts';
import type { AwsCredentials } from './signature.ts';
import type { Resource } from './template.ts';

export interface FunctionConfig {
  name: string;
  arn: string;
  /** File URL of the bundle. */
  bundle: string;
  exportName: string;
  /** What it signs with, and by what it is known: each start has its own. */
  credentials: AwsCredentials;
  /** All that the function sees in `process.env`. */
  environment: Readonly<Record<string, string>>;
  /** Milliseconds. */
  timeout: number;
  /** MB. */
  memory: number;
  /** Instances at once. */
  concurrency: number;
}

export interface ServiceEndpoints {
  dynamodb: string;
  secretsmanager: string;
  eventbridge: string;
}

/** Instances of one function on one machine; more traffic waits. */
const MAX_INSTANCES = 4;

/**
 * @param resources the resources that `supportedResources` let through
 * @param assets the folder of each asset, by object key
 * @throws Error where a function's code is in no asset
 */
export function readFunctions(
  resources: Readonly<Record<string, Resource>>,
  scope: Scope,
  assets: ReadonlyMap<string, string>,
  endpoints: ServiceEndpoints,
): FunctionConfig[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
    .map(([id, { Properties }]) => {
      const given = resolveIntrinsics(Properties, scope) as Record<string, unknown>;
      const folder = assets.get(String((given.Code as { S3Key?: unknown } | undefined)?.S3Key));
      if (folder === undefined) throw new Error(`the code of the function ${id} is in no asset`);
      const handler = String(given.Handler);
      const dot = handler.lastIndexOf('.');
      const name = scope.ref(id) ?? id;
      const memory = Number(given.MemorySize ?? 128);
      const credentials = newCredentials();
      const reserved = Number(given.ReservedConcurrentExecutions ?? MAX_INSTANCES);
      return {
        name,
        arn: scope.attribute(id, 'Arn') ?? '',
        bundle: pathToFileURL(bundleIn(folder, handler.slice(0, dot))).href,
        exportName: handler.slice(dot + 1),
        credentials,
        environment: { ...variablesOf(given), ...runtimeVariables(name, memory, credentials, endpoints) },
        timeout: Number(given.Timeout ?? 3) * 1000,
        memory,
        concurrency: Math.min(reserved, MAX_INSTANCES),
      };
    });
}

/** A file that is not there fails where it does on Lambda: when the function is first invoked. */
function bundleIn(folder: string, module: string): string {
  const candidates = ['.mjs', '.js', '.cjs'].map((extension) => join(folder, module + extension));
  return candidates.find((file) => existsSync(file)) ?? join(folder, module);
}

function variablesOf(given: Record<string, unknown>): Record<string, string> {
  const { Variables = {} } = (given.Environment ?? {}) as { Variables?: Record<string, unknown> };
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, String(value)]));
}

const newCredentials = (): AwsCredentials => ({
  accessKeyId: `LOCAL${randomBytes(8).toString('hex').slice(0, 15).toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
});

const runtimeVariables = (
  name: string,
  memory: number,
  { accessKeyId, secretAccessKey }: AwsCredentials,
  endpoints: ServiceEndpoints,
) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: REGION,
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
  AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventbridge,
  // On AWS functions run on another Node.js than this one: what the SDK thinks of it would fill each log.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});
