/** Runs the CDK app as `cdk synth` does, without the start-up time of its command. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Synthesis {
  /** The project's folder. */
  root: string;
  /** The app's entry, by default Tollgate's own. */
  app?: string;
  /** Where the cloud assembly goes. */
  output: string;
  /** Context on top of that in `cdk.json`. */
  context: Readonly<Record<string, string>>;
}

/** The app did not synthesize; the message is what it wrote. */
export class SynthesisFailed extends Error {
  override name = 'SynthesisFailed';
}

/** @throws SynthesisFailed */
export async function synthesize({ root, app = 'bin/app.ts', output, context }: Synthesis): Promise<void> {
  const settings = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as { context?: object };
  const child = spawn(process.execPath, ['--import', 'tsx', app], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: output,
      // The template goes to a gateway that checks it itself; `cdk synth` validates what deploys.
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ ...settings.context, ...context }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => written.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk));
  const code = await new Promise<number | null>((exited, failed) => {
    child.once('error', failed);
    child.once('close', exited);
  });
  if (code !== 0) throw new SynthesisFailed(Buffer.concat(written).toString('utf8').trim());
}
