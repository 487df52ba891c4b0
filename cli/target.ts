/**
 * Which deployment the command speaks to: the local runner, by the file that it writes when it is ready, or a
 * stack in AWS, by its outputs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { credentialFault } from './credential-fault.ts';
import { CommandFailure, EXIT, messageOf, printable } from './failure.ts';
import { shellWord } from './output.ts';

/** The options by which a deployment is named. */
export interface TargetOptions {
  local?: boolean;
  stack?: string;
  region?: string;
}

export interface Target {
  kind: 'local' | 'stack';
  /** Without a slash at the end. */
  url: string;
  region: string;
  credentials: Credentials;
  /** Where the local runner writes its logs. */
  logs?: string;
  /** What the demo clients of the local runner log in with, by their names. */
  demo?: Readonly<Record<string, DemoClient>>;
}

const demoClient = z.object({
  clientId: z.string(),
  apiKey: z.string().optional(),
  clientSecret: z.string().optional(),
  password: z.string().optional(),
});

export type DemoClient = z.output<typeof demoClient>;

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Finds the deployment.
 *
 * @throws {CommandFailure} `usage` where none or two are named, or the one named is none; `unreachable` where
 *   there are no AWS credentials or no answer; `refused` where AWS refuses
 */
export async function findTarget({ local, stack, region }: TargetOptions): Promise<Target> {
  if (local && stack !== undefined) throw usage('--local and --stack were both given.', 'Give one of them.');
  if (local) return readLocal();
  if (stack !== undefined) return readStack(stack, region);
  const next =
    findLocalFile() === undefined
      ? 'Give --stack <name> for a deployed stack, or start `npm run local` and give --local.'
      : 'The local runner has been started here: give --local, or --stack <name> for a deployed stack.';
  throw usage('It was not said which deployment to use.', next);
}

/** @returns the options that name the same deployment again, for a command to go on with. */
export function sameTarget({ local, stack = '', region }: TargetOptions): string {
  if (local) return '--local';
  const name = /^[\w-]+$/.test(stack) ? stack : shellWord(stack);
  return `--stack ${name}${region === undefined ? '' : ` --region ${shellWord(region)}`}`;
}

const LOCAL_FILE = join('.tollgate', 'local.json');
const START_LOCAL = 'Start it with `npm run local`, in another terminal, and wait until it is ready.';

const localFile = z.object({
  url: z.url({ protocol: /^https?$/ }),
  aws: z.object({
    accessKeyId: z.string().min(1),
    secretAccessKey: z.string().min(1),
    region: z.string().min(1),
  }),
  clients: z.record(z.string(), demoClient).catch({}),
});

function readLocal(): Target {
  const path = findLocalFile();
  if (path === undefined) {
    const { TOLLGATE_HOME: home = '' } = process.env;
    const missing = home === '' ? LOCAL_FILE : printable(join(home, 'local.json'));
    throw new CommandFailure(EXIT.unreachable, `There is no ${missing}: no local runner.`, START_LOCAL);
  }
  const { url, aws, clients: demo } = parseLocalFile(path);
  const { region, ...credentials } = aws;
  const logs = join(dirname(path), 'logs');
  return { kind: 'local', url: withoutSlash(url), region, credentials, logs, demo };
}

/** Where TOLLGATE_HOME says; else in this folder or one above it, as npm finds its package. */
function findLocalFile(folder = process.cwd()): string | undefined {
  const { TOLLGATE_HOME: home = '' } = process.env;
  if (home !== '') return [join(home, 'local.json')].find((file) => existsSync(file));
  const path = join(folder, LOCAL_FILE);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findLocalFile(parent);
}

function parseLocalFile(path: string): z.output<typeof localFile> {
  try {
    return localFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    // Neither error's message is shown: it would quote the file, and there are secrets in it.
    throw new CommandFailure(EXIT.unreachable, `${path} cannot be read.`, START_LOCAL, { cause });
  }
}

async function readStack(stack: string, region: string | undefined): Promise<Target> {
  const { CloudFormationClient: Client } = await import('@aws-sdk/client-cloudformation');
  const credentials = await callersCredentials(region);
  const client = new Client({ credentials, ...(region !== undefined && { region }) });
  try {
    const outputs = await outputsOf(client, stack);
    const { ApiUrl, Region = await client.config.region() } = outputs;
    if (ApiUrl !== undefined && URL.canParse(ApiUrl) && /^https?:/.test(ApiUrl)) {
      return { kind: 'stack', url: withoutSlash(ApiUrl), region: Region, credentials };
    }
  } finally {
    client.destroy();
  }
  throw usage(
    `The stack ${stack} has no output ApiUrl: it is not one of Tollgate's, or not deployed to its end.`,
    'Look at its outputs with `aws cloudformation describe-stacks`, or deploy it with `npm run deploy`.',
  );
}

async function callersCredentials(region: string | undefined): Promise<Credentials> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  try {
    return await fromNodeProviderChain(region === undefined ? {} : { clientConfig: { region } })();
  } catch (cause) {
    throw new CommandFailure(
      EXIT.unreachable,
      `There are no AWS credentials to sign with: ${messageOf(cause)}`,
      'Sign in (`aws sso login`), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      { cause },
    );
  }
}

async function outputsOf(client: CloudFormationClient, stack: string): Promise<Record<string, string>> {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return Object.fromEntries(
      outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    throw stackFailure(stack, error);
  }
}

function stackFailure(stack: string, cause: unknown): CommandFailure {
  const message = messageOf(cause);
  const { name, $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
  const options = { cause };
  if (/^Region (is missing|not accepted)/.test(message)) {
    return new CommandFailure(
      EXIT.usage,
      `It is not known in which region the stack ${stack} is: ${message}`,
      'Give --region <region>, or set AWS_REGION.',
      options,
    );
  }
  if (name === 'ValidationError') {
    const next = 'Check the name, the region (--region) and the account (`aws sts get-caller-identity`).';
    return new CommandFailure(EXIT.usage, `There is no stack ${stack}: ${message}`, next, options);
  }
  const fault = credentialFault(`${name} ${message}`);
  if (fault !== undefined) {
    return new CommandFailure(EXIT.unreachable, `AWS refused your credentials: ${message}`, fault, options);
  }
  if ($metadata?.httpStatusCode === undefined) {
    const next = 'Check your connection, the region and AWS_ENDPOINT_URL.';
    return new CommandFailure(EXIT.unreachable, `CloudFormation did not answer: ${message}`, next, options);
  }
  const next = 'Your AWS identity needs cloudformation:DescribeStacks on the stack.';
  return new CommandFailure(EXIT.refused, `AWS refused to describe ${stack}: ${message}`, next, options);
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
