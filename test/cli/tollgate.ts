/** Runs the real command in a folder of its own, as its own process or in this one. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { main } from '../../cli/main.ts';

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
  /** Writes a file of JSON. */
  file(name: string, content: unknown): Promise<void>;
  /** @param env what the process sees besides PATH: nothing of the caller's AWS configuration */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** Runs it in this very process, which is much cheaper. One at a time: output and environment are the process's own. */
  runHere(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
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
    file: (name, content) => writeFile(join(folder, name), JSON.stringify(content)),
    run: (args, env = {}) => run(folder, args, env),
    runHere: (args, env = {}) => runHere(folder, args, env),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function run(cwd: string, args: readonly string[], more: Record<string, string>): Promise<Ended> {
  const env = environment(cwd, more);
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

async function runHere(
  folder: string,
  args: readonly string[],
  more: Record<string, string>,
): Promise<Ended> {
  const cwd = process.cwd();
  const { env } = process;
  const output = { stdout: '', stderr: '' };
  const writes = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      output[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }),
  );
  process.chdir(folder);
  process.env = environment(folder, more);
  try {
    return { code: await main([process.execPath, COMMAND, ...args]), ...output };
  } finally {
    process.env = env;
    process.chdir(cwd);
    for (const write of writes) write.mockRestore();
  }
}

const environment = (home: string, more: Record<string, string>): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  AWS_EC2_METADATA_DISABLED: 'true',
  ...more,
});
