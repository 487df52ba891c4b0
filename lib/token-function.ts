/**
 * A Lambda function as all of Tollgate's are: arm64, an ESM bundle with the SDK inside, a log group and a role
 * of its own. It starts with the right to write its log and no other; grants add the rest.
 */
import { fileURLToPath } from 'node:url';
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Variable } from '../lambdas/env.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface TokenFunctionProps extends FunctionProps {
  /** The folder in `lambdas/functions/`; its `index.ts` exports `handler`. */
  folder: string;
}

/** What can be said of any function, one's own too. */
export interface FunctionProps {
  description: string;
  lifecycle: Lifecycle;
  /** MB, by default 512. The processor's share grows with it. */
  memorySize?: number;
  /** By default 10 seconds. */
  timeout?: Duration;
  /** A script of ours that writes more into the folder of the bundle; its one argument is that folder. */
  besideBundle?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));

export class TokenFunction extends NodejsFunction {
  /** @param props with `entry`, the file that exports `handler`, instead of a folder for one from elsewhere */
  constructor(scope: Construct, id: string, props: TokenFunctionProps | (FunctionProps & { entry: string })) {
    const { logRetention: retention, removalPolicy } = props.lifecycle;
    const log = new LogGroup(scope, `${id}Log`, { retention, removalPolicy });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    super(scope, id, {
      entry: 'entry' in props ? props.entry : `${root}lambdas/functions/${props.folder}/index.ts`,
      handler: 'index.handler',
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      description: props.description,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(10),
      role,
      logGroup: log,
      loggingFormat: LoggingFormat.JSON,
      // What the metrics of all functions have in common; see Monitoring.
      environment: { POWERTOOLS_SERVICE_NAME: Stack.of(scope).stackName },
      bundling: {
        format: OutputFormat.ESM,
        // Older than the runtime, so that the very same bundle also runs on the Node.js of a developer.
        target: 'node20',
        mainFields: ['module', 'main'],
        minify: true,
        bundleAwsSDK: true,
        banner: requireBanner,
        logLevel: LogLevel.WARNING,
        ...(props.besideBundle !== undefined && { commandHooks: afterBundling(props.besideBundle) }),
      },
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], log.logGroupArn);
  }

  /** Sets an environment variable. */
  set(variable: Variable, value: string): void {
    this.addEnvironment(variable, value);
  }

  /** Allows exactly these actions on one resource. */
  allow(actions: string[], resource: string, conditions: Record<string, unknown> = {}): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
  }
}

const afterBundling = (script: string): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (_input, output) => [
    `cd ${quoted(root)} && ${quoted(process.execPath)} --import tsx ${script} ${quoted(output)}`,
  ],
});

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

/** For functions of one's own: a CommonJS package inside an ESM bundle still calls `require` for built-in modules. */
const requireBanner =
  "import { createRequire as tollgateRequire } from 'node:module';const require = tollgateRequire(import.meta.url);";
