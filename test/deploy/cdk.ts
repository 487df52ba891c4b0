/** The CDK command, as people use it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, run } from './command.ts';
import type { Phase } from './report.ts';

export interface CdkOptions {
  /** The project's folder. */
  root: string;
  env: NodeJS.ProcessEnv;
  /** A private folder for what the command keeps, and for its log. */
  home: string;
  stack: string;
}

export class Cdk {
  readonly log: string;
  readonly #options: CdkOptions;

  constructor(options: CdkOptions) {
    this.#options = options;
    this.log = join(options.home, 'cdk.log');
  }

  /**
   * Writes a cloud assembly.
   *
   * @param root the sources, by default the project's
   * @param output the assembly's folder
   */
  async synth(
    phase: Phase,
    output: string,
    context: Readonly<Record<string, string>>,
    root = this.#options.root,
  ): Promise<void> {
    const args = ['synth', '--quiet', '-o', output, ...contextOf(context)];
    await this.#run(phase, 'cdk synth, with every bundle', args, root);
  }

  /** Writes a cloud assembly whose template can be looked at; it has no bundles, so it cannot be deployed. */
  async template(phase: Phase, output: string, context: Readonly<Record<string, string>>): Promise<void> {
    await this.#run(phase, 'cdk list', ['list', '-o', output, ...contextOf(context)]);
  }

  async bootstrap(phase: Phase, assembly: string): Promise<void> {
    await this.#run(phase, 'cdk bootstrap', ['bootstrap', '--app', assembly]);
  }

  /** @returns the stack's outputs, and what the command said. */
  async deploy(phase: Phase, assembly: string): Promise<{ outputs: Record<string, string>; said: string }> {
    const { stack, home } = this.#options;
    const file = join(home, 'outputs.json');
    const args = ['deploy', stack, '--app', assembly, '--require-approval', 'never', '--outputs-file', file];
    const { output } = await this.#run(phase, `cdk deploy ${stack}`, [...args, '--progress', 'events']);
    return { outputs: JSON.parse(readFileSync(file, 'utf8'))[stack] ?? {}, said: output };
  }

  /** @returns what the command said, and 1 as its code where it has found differences. */
  async diff(phase: Phase, assembly: string): Promise<Finished> {
    const { stack, root } = this.#options;
    const args = ['diff', stack, '--app', assembly, '--fail', '--method', 'template'];
    return this.#run(phase, `cdk diff --fail ${stack}`, args, root, [0, 1]);
  }

  async destroy(phase: Phase, assembly: string): Promise<void> {
    const { stack } = this.#options;
    await this.#run(phase, `cdk destroy ${stack}`, ['destroy', stack, '--app', assembly, '--force']);
  }

  #run(phase: Phase, title: string, args: string[], cwd = this.#options.root, accept = [0]) {
    const { root, env, home } = this.#options;
    const program = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    return run(
      {
        title,
        program: process.execPath,
        args: [program, ...args, '--no-notices', '--no-version-reporting', '--no-color', '--ci'],
        cwd,
        env: { ...env, CDK_HOME: join(home, 'cdk') },
        timeout: 420_000,
        accept,
        log: this.log,
      },
      phase.say,
    );
  }
}

const contextOf = (context: Readonly<Record<string, string>>): string[] =>
  Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
