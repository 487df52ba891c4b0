/**
 * What the end-to-end tests speak to: the deployment that TOLLGATE_URL names, its clients in the file that
 * TOLLGATE_CONTRACT names (the form of `.tollgate/local.json`), or a local runner of their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The file with the address and the clients; the local runner writes it when it is ready. */
    contract: string;
    /** Where the routes are, if not where the file says; without a trailing slash. */
    url?: string;
    /** The folder with what the local runner's functions log. */
    logs?: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Beside the contract: what a runner wrote that ended before its time. */
export const FAILED = 'failed.txt';

/** Starts the runner and does not wait for it: the other tests run while it bundles the functions. */
export default function setup({ vitest }: TestProject): (() => Promise<void>) | undefined {
  const { TOLLGATE_URL: url, TOLLGATE_CONTRACT: contract } = process.env;
  if (url !== undefined) {
    if (contract === undefined) throw new Error('TOLLGATE_URL needs TOLLGATE_CONTRACT, a file with clients');
    vitest.provide('url', url.replace(/\/$/, ''));
    vitest.provide('contract', resolve(contract));
    return undefined;
  }
  const runner = startLocalRunner(`e2e-${process.pid}`, ['--beside', EXAMPLE]);
  vitest.provide('contract', runner.contract);
  vitest.provide('logs', runner.logs);
  return async () => {
    await runner.close();
    nothingSkipped(vitest);
  };
}

/** Against the local runner every test runs; those that were not asked for, by a pattern, do not count. */
function nothingSkipped({ state, config }: TestProject['vitest']): void {
  if (config.testNamePattern !== undefined) return;
  const skipped = state
    .getTestModules()
    .filter(({ project }) => project.name === 'e2e')
    .flatMap(({ children }) => [...children.allTests('skipped')]);
  if (skipped.length === 0) return;
  // What a teardown throws is shown, but does not fail the run by itself.
  process.exitCode = 1;
  const names = skipped.map(({ fullName }) => fullName).join(', ');
  throw new Error(`against the local runner nothing may be skipped: ${names}`);
}

export interface LocalRunner {
  /** The file that is there when it is ready; {@link FAILED} is beside it if it never will be. */
  contract: string;
  logs: string;
  close(): Promise<void>;
}

/**
 * @param name of its folder in `.tollgate`, which is gone once it is closed
 * @param options of its own
 */
export function startLocalRunner(name: string, options: readonly string[] = []): LocalRunner {
  const home = join(root, '.tollgate', name);
  const { child, output } = start(home, options);
  let ending = false;
  child.once('exit', (code) => {
    if (ending) return;
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, FAILED), `the local runner ended with ${code}:\n${output.join('')}`);
  });
  return {
    contract: join(home, 'local.json'),
    logs: join(home, 'logs'),
    close: async () => {
      ending = true;
      await end(child);
      await rm(home, { recursive: true, force: true });
    },
  };
}

interface Started {
  child: ChildProcess;
  output: string[];
}

/** For `test/examples/`. */
const EXAMPLE = 'examples/protect-a-function/app.ts';

/** A home of its own keeps it from a runner that is up. */
function start(home: string, options: readonly string[]): Started {
  const command = ['--import', 'tsx', 'bin/local.ts', '--port', '0', '--home', home, '--no-watch'];
  const child = spawn(process.execPath, [...command, ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  return { child, output };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(timer);
}
