/** The AWS that is deployed to: the one that AWS_ENDPOINT_URL names, or a MiniStack of this run's own. */
import { isMiniStack, startMiniStack } from './ministack.ts';
import { findPython, pythonEnvironment } from './python.ts';
import type { Phase } from './report.ts';

export interface Endpoint {
  url: string;
  /** With these the AWS SDK and the CDK command reach it and nothing else. */
  env: NodeJS.ProcessEnv;
  /** Whether it differs from AWS as docs/emulator.md says. */
  isMiniStack: boolean;
  /** The folder of the Python programs, where there is a Python. */
  python?: string | undefined;
  /** What the endpoint wrote, where this run has started it. */
  log?: string;
  stop(): Promise<void>;
}

/** There is neither an endpoint nor a Python to run one. */
export class NothingToDeployTo extends Error {
  override name = 'NothingToDeployTo';
}

/**
 * @param home where a MiniStack of this run's own keeps its state
 * @param shell the environment that says what to use
 * @throws {NothingToDeployTo} without AWS_ENDPOINT_URL and without a Python
 */
export async function openEndpoint(
  phase: Phase,
  root: string,
  home: string,
  shell: NodeJS.ProcessEnv = process.env,
): Promise<Endpoint> {
  const given = shell.AWS_ENDPOINT_URL || undefined;
  const name = await findPython(shell);
  if (given === undefined && name === undefined) {
    throw new NothingToDeployTo(
      'no Python 3.10 or newer with venv and pip was found, and AWS_ENDPOINT_URL is not set',
    );
  }
  const python = name === undefined ? undefined : await pythonEnvironment(phase, root, name);
  if (given !== undefined) return existing(phase, given.replace(/\/$/, ''), python, shell);
  if (python === undefined) throw new Error('unreachable: a Python was found');
  const { url, log, stop } = await startMiniStack(phase, python, home);
  phase.check(`an endpoint answers on ${url}`, await isMiniStack(url));
  return { url, env: environment(shell, url, emulated), isMiniStack: true, python, log, stop };
}

async function existing(
  phase: Phase,
  url: string,
  python: string | undefined,
  shell: NodeJS.ProcessEnv,
): Promise<Endpoint> {
  const answered = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  );
  phase.check(`AWS_ENDPOINT_URL answers: ${url}`, answered);
  const stop = async () => undefined;
  const own = shell.AWS_ACCESS_KEY_ID === undefined ? emulated : {};
  return { url, env: environment(shell, url, own), isMiniStack: await isMiniStack(url), python, stop };
}

const emulated = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** What the shell says about AWS is left out, so that a profile or a service's own endpoint leads nowhere else. */
function environment(
  shell: NodeJS.ProcessEnv,
  url: string,
  credentials: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const kept = Object.entries(shell).filter(
    ([name]) =>
      !name.startsWith('AWS_') || (!('AWS_ACCESS_KEY_ID' in credentials) && CREDENTIALS.includes(name)),
  );
  return {
    ...Object.fromEntries(kept),
    ...credentials,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: shell.AWS_REGION ?? 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
