/** A function with as many instances as its traffic asks for, up to a few; the rest waits its turn. */
import { type FunctionInstance, type Invocation, type Outcome, startInstance } from './function-instance.ts';
import type { FunctionConfig } from './functions.ts';

export interface LambdaFunction {
  readonly name: string;
  /** Never rejects. */
  invoke(event: unknown, requestId: string): Promise<Outcome>;
  /** Takes nothing new to an instance that is idle, and ends each one once its event is done. */
  retire(): Promise<void>;
  /** Ends all instances at once. */
  close(): Promise<void>;
}

interface Waiting {
  invocation: Invocation;
  done: (outcome: Outcome) => void;
}

/** @param write takes each line that the function writes, and why an invocation failed */
export function createFunction(config: FunctionConfig, write: (line: string) => void): LambdaFunction {
  const all = new Set<FunctionInstance>();
  const idle: FunctionInstance[] = [];
  const queue: Waiting[] = [];
  let state: 'open' | 'retired' | 'closed' = 'open';

  const take = (): FunctionInstance | undefined => {
    // The one used last is the warmest; Lambda takes it first too.
    const warm = idle.pop();
    if (warm !== undefined || all.size >= config.concurrency) return warm;
    const fresh = startInstance(config, write);
    all.add(fresh);
    return fresh;
  };

  const release = (instance: FunctionInstance) => {
    if (!instance.alive()) all.delete(instance);
    else if (state !== 'open' && queue.length === 0) void end(instance);
    else idle.push(instance);
    const next = queue.shift();
    if (next !== undefined) start(next);
  };

  const end = async (instance: FunctionInstance) => {
    all.delete(instance);
    await instance.terminate();
  };

  const start = (waiting: Waiting) => {
    if (state === 'closed') {
      waiting.done({ ok: false, kind: 'crash', reason: 'the runner is closing' });
      return;
    }
    const instance = take();
    if (instance === undefined) {
      queue.push(waiting);
      return;
    }
    void instance.run(waiting.invocation).then((outcome) => {
      release(instance);
      if (!outcome.ok) write(failureLine(outcome, waiting.invocation.requestId));
      waiting.done(outcome);
    });
  };

  return {
    name: config.name,
    invoke: (event, requestId) =>
      new Promise((done) => start({ invocation: { event: JSON.stringify(event), requestId }, done })),
    retire: async () => {
      state = 'retired';
      await Promise.all(idle.splice(0).map(end));
    },
    close: async () => {
      state = 'closed';
      await Promise.all([...all].map(end));
    },
  };
}

const failureLine = ({ kind, reason }: Outcome & { ok: false }, requestId: string): string =>
  JSON.stringify({ level: 'ERROR', message: 'invocation failed', requestId, kind, reason });
