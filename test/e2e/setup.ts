/**
 * What the end-to-end tests speak to: the deployment that TOLLGATE_URL names, its clients in the file that
 * TOLLGATE_CONTRACT names (the form of `.tollgate/local.json`), or a local runner of their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the routes are, without a trailing slash. */
    url: string;
    /** The file with the clients. */
    contract: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Milliseconds; bundling takes most of it on a busy machine. */
const START_TIMEOUT = 180_000;

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { TOLLGATE_URL: url, TOLLGATE_CONTRACT: contract } = process.env;
  if (url !== undefined) {
    if (contract === undefined) throw new Error('TOLLGATE_URL needs TOLLGATE_CONTRACT, a file with clients');
    project.provide('url', url.replace(/\/$/, ''));
    project.provide('contract', resolve(contract));
    return undefined;
  }
  const home = join(root, '.tollgate', `e2e-${process.pid}`);
  const file = join(home, 'local.json');
  const runner = start(home);
  const stop = async () => {
    await end(runner.child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    await ready(runner, file);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('url', (JSON.parse(await readFile(file, 'utf8')) as { url: string }).url);
  project.provide('contract', file);
  return stop;
}

interface Started {
  child: ChildProcess;
  output: string[];
}

/** A home of its own keeps it from a runner that is up. */
function start(home: string): Started {
  const command = ['--import', 'tsx', 'bin/local.ts', '--port', '0', '--home', home, '--no-watch'];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  return { child, output };
}

async function ready({ child, output }: Started, file: string): Promise<void> {
  const until = Date.now() + START_TIMEOUT;
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() > until) {
      throw new Error(`the local runner did not start:\n${output.join('')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(timer);
}
