/** Runs other programs: with progress for whoever waits, a log of all they write, and an end for each of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

export interface Command {
  /** What is shown while it runs. */
  title: string;
  program: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds. */
  timeout: number;
  /** Exit codes that are an answer and no failure, by default 0 alone. */
  accept?: readonly number[];
  /** Where all of its output is appended; by default it is only returned. */
  log?: string;
}

export interface Finished {
  code: number;
  /** What it wrote to the standard output. */
  stdout: string;
  /** Both outputs, as they came. */
  output: string;
}

/** The program could not be run, or ended with a code that was not expected; `output` is all that it wrote. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

const HEARTBEAT = 5000;

/** Programs that are running, each the head of a process group of its own. */
const running = new Set<ChildProcess>();

/** @throws {CommandFailed} */
export async function run(command: Command, say: (line: string) => void): Promise<Finished> {
  const { title, program, args, cwd, env, timeout, accept = [0], log } = command;
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  let stdout = '';
  let output = '';
  const keep = (text: string) => {
    output += text;
    if (log !== undefined) appendFileSync(log, text);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  say(`${title} …`);
  const heartbeat = setInterval(() => say(`  ${seconds()}: ${lastLine(output)}`), HEARTBEAT);
  const limit = setTimeout(() => killGroup(child, 'SIGKILL'), timeout);
  try {
    const code = await new Promise<number | string>((exited, failed) => {
      child.once('error', failed).once('close', (status, signal) => exited(status ?? String(signal)));
    });
    if (typeof code === 'number' && accept.includes(code)) {
      say(`  done after ${seconds()}`);
      return { code, stdout, output };
    }
    throw new CommandFailed(`${title}: ended with ${code} after ${seconds()}`, output);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(`${title}: ${(error as Error).message}`, output);
  } finally {
    clearInterval(heartbeat);
    clearTimeout(limit);
    running.delete(child);
  }
}

/** Ends every program that is still running, with all it has started. */
export function endAll(): void {
  for (const child of running) killGroup(child, 'SIGKILL');
}

/** Signals a child that was started as the head of a group, and all that it has started. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const lastLine = (text: string): string => (text.trimEnd().split('\n').at(-1) ?? '').trim().slice(0, 100);
