/** cfn-lint over synthesized templates; what is ignored, and why, stands in `.cfnlintrc.yaml`. */
import { join } from 'node:path';
import { run } from './command.ts';
import type { Phase } from './report.ts';

/**
 * @param bin the folder of the Python programs; without one cfn-lint is skipped
 * @throws CommandFailed with the findings, where there are any
 */
export async function lint(
  phase: Phase,
  root: string,
  bin: string | undefined,
  templates: readonly string[],
): Promise<void> {
  if (bin === undefined) {
    phase.skipped('cfn-lint', 'there is no Python');
    return;
  }
  const args = ['--config-file', join(root, '.cfnlintrc.yaml'), '--format', 'parseable', '--', ...templates];
  const { output } = await run(
    {
      title: 'cfn-lint',
      program: join(bin, 'cfn-lint'),
      args,
      cwd: root,
      env: process.env,
      timeout: 180_000,
    },
    phase.say,
  );
  phase.check(`cfn-lint has no finding in ${templates.length} templates`, output.trim() === '');
}
