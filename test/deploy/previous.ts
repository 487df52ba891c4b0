/**
 * What is deployed first, to be upgraded: the sources of an earlier revision, with an earlier configuration. The
 * revision is the newest one whose stack or functions differ from what is there now; without a git history (an
 * archive, a shallow clone) the sources of now, so that only the configuration is upgraded.
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed, run } from './command.ts';
import type { Phase } from './report.ts';

export interface Previous {
  /** What it is, for whoever reads the report. */
  name: string;
  /** The folder with its sources. */
  root: string;
}

/** Context that an upgrade changes in any case: an earlier key rotation, a shorter memory. */
export const PREVIOUS_CONTEXT = { keyRotationDays: '60', usageRetentionDays: '60' };

/** What makes a deployment. */
const SOURCES = ['bin/app.ts', 'lib', 'lambdas', 'cdk.json'];

/**
 * @param home where the earlier sources go
 * @param named the commit that is wanted instead of the newest one that is different
 */
export async function previousRevision(
  phase: Phase,
  root: string,
  home: string,
  named = process.env.TOLLGATE_PREVIOUS,
): Promise<Previous> {
  const revision = named || (await earlier(phase, root));
  if (revision === undefined) return { name: 'the same sources, other configuration', root };
  const folder = join(home, 'previous');
  mkdirSync(folder);
  const archive = join(home, 'previous.tar');
  await git(phase, root, ['archive', '--output', archive, revision]);
  await command(phase, 'tar', ['-xf', archive, '-C', folder], root);
  await dependencies(phase, root, folder);
  const { stdout } = await git(phase, root, ['log', '-1', '--format=%h %s', revision]);
  return { name: stdout.trim(), root: folder };
}

/** @returns the newest commit that deploys something else, or undefined where none is known. */
async function earlier(phase: Phase, root: string): Promise<string | undefined> {
  try {
    const changed = await git(phase, root, ['status', '--porcelain', '--', ...SOURCES]);
    if (changed.stdout !== '') return 'HEAD';
    const last = await git(phase, root, ['log', '-1', '--format=%H', '--', ...SOURCES]);
    const { stdout } = await git(phase, root, ['rev-parse', '--verify', `${last.stdout.trim()}^`]);
    return stdout.trim();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    phase.say('git knows no earlier revision');
    return undefined;
  }
}

/** An upgrade of the dependencies is part of the upgrade; where they are the same, they are shared. */
async function dependencies(phase: Phase, root: string, folder: string): Promise<void> {
  const lock = (of: string) => readFileSync(join(of, 'package-lock.json'), 'utf8');
  if (lock(root) === lock(folder)) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  else await command(phase, 'npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], folder);
}

const git = (phase: Phase, root: string, args: string[]) => command(phase, 'git', args, root);

const command = (phase: Phase, program: string, args: string[], cwd: string) =>
  run(
    {
      title: `${program} ${args.slice(0, 2).join(' ')}`,
      program,
      args,
      cwd,
      env: process.env,
      timeout: 300_000,
    },
    phase.say,
  );
