/** Runs the real command, as its own process, in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../bin/tollgate.mjs', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Workplace {
  folder: string;
  /** Writes `.tollgate/local.json`. */
  local(content: unknown): Promise<void>;
  /** @param env what the process sees besides PATH: nothing of the caller's AWS configuration */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  remove(): Promise<void>;
}

export async function workplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-cli-'));
  return {
    folder,
    local: async (content) => {
      await mkdir(join(folder, '.tollgate'), { recursive: true });
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      await writeFile(join(folder, '.tollgate', 'local.json'), text);
    },
    run: (args, env = {}) => run(folder, args, env),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function run(cwd: string, args: readonly string[], more: Record<string, string>): Promise<Ended> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: cwd,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((ended, failed) => {
    child.on('error', failed).on('close', (code) => ended({ code, ...output }));
  });
}
