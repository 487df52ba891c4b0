/** A Python environment of the project's own, in `.tollgate/python`, with exactly what a proof of deployment needs. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { run } from './command.ts';
import type { Phase } from './report.ts';

/** What is installed. MiniStack without `cryptography` refuses every RS256 token. */
export const REQUIREMENTS = ['ministack==1.5.33', 'cryptography==50.0.2', 'cfn-lint==1.58.0'] as const;

const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** Says whether this Python is new enough, and can make environments with pip inside. */
const SUITABLE = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)';

/** @returns a Python of 3.10 or newer that can make environments, by the name under which it is found, or undefined. */
export async function findPython(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const name of NAMES) {
    try {
      await promisify(execFile)(name, ['-c', SUITABLE], { env, timeout: 20_000 });
      return name;
    } catch {
      // Not there, too old or incomplete: the next may be better.
    }
  }
  return undefined;
}

/**
 * Makes the environment, or takes the one of an earlier run that has the same packages.
 *
 * @returns the folder with its programs
 * @throws CommandFailed where it cannot be made or the packages do not install
 */
export async function pythonEnvironment(phase: Phase, root: string, python: string): Promise<string> {
  const folder = join(root, '.tollgate', 'python');
  const marker = join(folder, 'tollgate-requirements.txt');
  const wanted = `${REQUIREMENTS.join('\n')}\n`;
  const bin = join(folder, 'bin');
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) {
    phase.say(`${REQUIREMENTS.join(', ')}: installed by an earlier run`);
    return bin;
  }
  await rm(folder, { recursive: true, force: true });
  const common = { cwd: root, env: process.env, timeout: 600_000 };
  await run(
    { ...common, title: `a Python environment in ${folder}`, program: python, args: ['-m', 'venv', folder] },
    phase.say,
  );
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', ...REQUIREMENTS];
  const title = `pip install ${REQUIREMENTS.join(' ')}`;
  await run({ ...common, title, program: join(bin, 'python'), args }, phase.say);
  await writeFile(marker, wanted);
  return bin;
}
