/** One instance of a function: a thread that has loaded the bundle and takes one event at a time. */
import { Worker } from 'node:worker_threads';
import type { FunctionConfig } from './functions.ts';

/** How an invocation ended. The reasons are for the function's log, not for the caller. */
export type Outcome =
  | { ok: true; value: unknown }
  | { ok: false; kind: 'init' | 'error' | 'timeout' | 'crash'; reason: string };

export interface Invocation {
  /** JSON. */
  event: string;
  requestId: string;
}

export interface FunctionInstance {
  /** Never rejects. The instance is gone after `init`, `timeout` and `crash`. */
  run(invocation: Invocation): Promise<Outcome>;
  alive(): boolean;
  terminate(): Promise<void>;
}

type Message =
  | { type: 'ready' }
  | { type: 'broken'; reason: string }
  | { type: 'result'; json: string }
  | { type: 'failure'; reason: string };

/** Milliseconds that a bundle may take to load (Lambda's limit of the init phase). */
const INIT_TIMEOUT = 10_000;

/** @param write takes each line that the function writes */
export function startInstance(config: FunctionConfig, write: (line: string) => void): FunctionInstance {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    env: { ...config.environment },
    execArgv: [],
    workerData: { url: config.bundle, exportName: config.exportName, context: contextOf(config) },
    resourceLimits: { maxOldGenerationSizeMb: config.memory },
    stdout: true,
    stderr: true,
  });
  worker.stdout.on('data', lines(write));
  worker.stderr.on('data', lines(write));

  let alive = true;
  let settle: ((outcome: Outcome | 'ready') => void) | undefined;
  const end = (kind: 'init' | 'timeout' | 'crash', reason: string) => {
    alive = false;
    settle?.({ ok: false, kind, reason });
    void worker.terminate();
  };
  worker.on('message', (message: Message) => {
    if (message.type === 'ready') settle?.('ready');
    else if (message.type === 'broken') end('init', message.reason);
    else if (message.type === 'result') settle?.({ ok: true, value: JSON.parse(message.json) });
    else settle?.({ ok: false, kind: 'error', reason: message.reason });
  });
  worker.on('error', (error) => end('crash', String(error)));
  worker.on('exit', () => end('crash', 'the function ended its process'));

  /** Waits for the next thing that the thread says. */
  const next = (timeout: number, kind: 'init' | 'timeout') =>
    new Promise<Outcome | 'ready'>((resolve) => {
      if (!alive) return resolve({ ok: false, kind: 'crash', reason: 'the instance is gone' });
      const timer = setTimeout(() => end(kind, `timed out after ${timeout / 1000} s`), timeout);
      settle = (outcome) => {
        clearTimeout(timer);
        settle = undefined;
        resolve(outcome);
      };
    });

  const ready = next(INIT_TIMEOUT, 'init');
  return {
    run: async ({ event, requestId }) => {
      const started = await ready;
      if (started !== 'ready') return started;
      const outcome = next(config.timeout, 'timeout');
      worker.postMessage({ event, requestId, deadline: Date.now() + config.timeout });
      const ended = await outcome;
      return ended === 'ready' ? { ok: false, kind: 'crash', reason: 'started twice' } : ended;
    },
    alive: () => alive,
    terminate: async () => {
      alive = false;
      await worker.terminate();
    },
  };
}

const contextOf = ({ name, arn, memory }: FunctionConfig) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: name,
  functionVersion: '$LATEST',
  invokedFunctionArn: arn,
  logGroupName: `/aws/lambda/${name}`,
  logStreamName: 'local',
  memoryLimitInMB: String(memory),
});

/** @returns what cuts a stream of text into lines. */
function lines(write: (line: string) => void): (chunk: Buffer | string) => void {
  let rest = '';
  return (chunk) => {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts.filter((part) => part.trim() !== '')) write(line);
  };
}
