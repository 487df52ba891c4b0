/** MiniStack, an emulator of AWS, on loopback: started on a free port with a state of its own, and ended with all it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { killGroup } from './command.ts';
import type { Phase } from './report.ts';

const HOST = '127.0.0.1';
const START_TIMEOUT = 60_000;
const ATTEMPTS = 3;

export interface MiniStack {
  url: string;
  /** Everything that it wrote. */
  log: string;
  stop(): Promise<void>;
}

/**
 * @param bin the folder with the programs of the Python environment
 * @param home where its state and its log go
 * @throws Error where it does not get ready
 */
export async function startMiniStack(phase: Phase, bin: string, home: string): Promise<MiniStack> {
  for (let attempt = 1; ; attempt++) {
    // Somebody else may take the port before it is bound: then the next one.
    const port = await freePort();
    const url = `http://${HOST}:${port}`;
    const log = join(home, `ministack-${port}.log`);
    phase.say(`MiniStack on ${url} …`);
    const child = start(bin, home, port, log);
    const stop = () => end(child);
    if (await ready(url, child)) return { url, log, stop };
    await stop();
    if (attempt === ATTEMPTS) throw new Error(`MiniStack did not get ready; what it wrote is in ${log}`);
    phase.say('it did not get ready; once more');
  }
}

function start(bin: string, home: string, port: number, log: string): ChildProcess {
  const temporary = join(home, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const output = openSync(log, 'a', 0o600);
  const child = spawn(join(bin, 'python'), ['-m', 'ministack'], {
    cwd: home,
    detached: true,
    stdio: ['ignore', output, output],
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: home,
      BIND_HOST: HOST,
      GATEWAY_PORT: String(port),
      // Listeners on ports of their own that nothing here needs.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      LAMBDA_EXECUTOR: 'local',
      PERSIST_STATE: '0',
      STATE_DIR: join(home, 'state'),
      S3_DATA_DIR: join(home, 's3'),
      TMPDIR: temporary,
      // The functions run on the Node.js that is here; their log is for what they have to say.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
  closeSync(output);
  const kill = () => killGroup(child, 'SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return child;
}

async function ready(url: string, child: ChildProcess): Promise<boolean> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  for (const until = Date.now() + START_TIMEOUT; Date.now() < until; await wait(200)) {
    if (failed || child.exitCode !== null || child.signalCode !== null) return false;
    if (await isMiniStack(url)) return true;
  }
  return false;
}

/** @returns whether it is MiniStack that answers there. */
export async function isMiniStack(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

/** First by asking, then with all the functions that it has started. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    killGroup(child, 'SIGTERM');
    await Promise.race([exited, wait(3000)]);
  }
  killGroup(child, 'SIGKILL');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, HOST, listening);
  });
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
