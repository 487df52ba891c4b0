/** Runs a vitest project against the deployment and counts its tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differenceIn, differences } from '../e2e/differences.ts';
import { CommandFailed, run } from './command.ts';
import type { Phase } from './report.ts';

export interface Suite {
  root: string;
  /** A private folder for the results. */
  home: string;
  /** The vitest project. */
  project: string;
  env: NodeJS.ProcessEnv;
}

interface Results {
  testResults: { name: string; message: string; assertionResults: Assertion[] }[];
}

interface Assertion {
  fullName: string;
  status: string;
  failureMessages?: string[] | null;
}

/** @throws where a test fails, none ran, or one was skipped that no known difference explains */
export async function runSuite(phase: Phase, { root, home, project, env }: Suite): Promise<void> {
  const file = join(home, `${project}.json`);
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const { code, output } = await run(
    {
      title: `vitest --project ${project}`,
      program: process.execPath,
      args: [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args],
      cwd: root,
      env: { ...env, NO_COLOR: '1' },
      timeout: 900_000,
      accept: [0, 1],
    },
    phase.say,
  );
  const passed = count(phase, JSON.parse(readFileSync(file, 'utf8')) as Results);
  if (code !== 0) throw new CommandFailed(`vitest --project ${project}: there are failures`, output);
  phase.say(`${passed} tests passed`);
  if (passed === 0) throw new Error(`the project ${project} has no test that ran`);
}

function count(phase: Phase, { testResults }: Results): number {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  phase.passed(passed);
  for (const { fullName } of tests.filter(({ status }) => ['skipped', 'pending', 'todo'].includes(status))) {
    const difference = differenceIn(fullName);
    if (difference === undefined) throw new Error(`this test was skipped, and nothing says why: ${fullName}`);
    phase.skipped(fullName, `${difference} in docs/emulator.md: ${differences[difference]}`);
  }
  return passed;
}

/** @returns whether vitest knows the project. */
export const hasProject = (root: string, project: string): boolean =>
  new RegExp(`name: '${project}'`).test(readFileSync(join(root, 'vitest.config.ts'), 'utf8'));
