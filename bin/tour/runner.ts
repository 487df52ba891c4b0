/** The runner that the tour speaks to: one that is up, or one of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const CONTRACT = '.tollgate/local.json';
const START_TIMEOUT = 180_000;

/** What a runner writes down when it is ready. */
export interface Contract {
  url: string;
  clients: Record<
    'reader' | 'writer' | 'alice',
    { clientId: string; clientSecret: string; apiKey: string; password: string }
  >;
  aws: { accessKeyId: string; secretAccessKey: string; region: string };
}

/** @returns the runner that is up, or one that is stopped again at the end. Ends the process where none starts. */
export async function runner(): Promise<{ contract: Contract; stop: () => Promise<void> }> {
  const running = await reachable();
  if (running !== undefined) {
    console.log(`Using the runner at ${running.url}.`);
    return { contract: running, stop: async () => undefined };
  }
  console.log('No runner is up; starting one (npm run local). The first start bundles the functions …');
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/local.ts', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => {
    output.push(String(chunk));
    for (const line of String(chunk).split('\n')) if (/^\S*✓/.test(line)) console.log(`  ${line}`);
  });
  process.once('SIGINT', () => child.kill('SIGINT'));
  const started = Date.now();
  while (Date.now() - started < START_TIMEOUT && child.exitCode === null) {
    const contract = await reachable();
    if (contract !== undefined) {
      console.log(`Started ${contract.url} after ${Math.round((Date.now() - started) / 1000)} s.`);
      return { contract, stop: () => ended(child) };
    }
    await sleep(200);
  }
  console.error(output.join(''));
  await ended(child);
  console.error('The runner did not start; its output is above.');
  process.exit(1);
}

async function reachable(): Promise<Contract | undefined> {
  if (!existsSync(CONTRACT)) return undefined;
  try {
    const contract = JSON.parse(readFileSync(CONTRACT, 'utf8')) as Contract;
    const answer = await fetch(`${contract.url}/.well-known/jwks.json`, {
      signal: AbortSignal.timeout(2000),
    });
    return answer.ok ? contract : undefined;
  } catch {
    return undefined;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await exit;
}
