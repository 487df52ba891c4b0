/** Where a deployment is served: it can be swapped for another while requests go on. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { warningLine } from './announce.ts';
import type { Deployment } from './deploy.ts';
import type { Gateway } from './gateway.ts';
import type { Principals } from './iam/principals.ts';

export interface LocalStage {
  /** Serves the deployment and runs its triggers; where one fails, the one before is served again. */
  put(next: Deployment): Promise<void>;
  close(): Promise<void>;
}

export function createStage(
  gateway: Gateway,
  principals: Principals,
  home: string,
  print: (line: string) => void,
): LocalStage {
  let current: Deployment | undefined;
  let timers: NodeJS.Timeout[] = [];
  const stop = () => {
    for (const timer of timers) clearInterval(timer);
    timers = [];
  };
  return {
    put: async (next: Deployment) => {
      for (const warning of next.warnings) print(warningLine(warning));
      principals.admit(next.access, next.stackName);
      gateway.serve(next.api, next.invoke);
      try {
        await runTriggers(next, home);
      } catch (error) {
        if (current !== undefined) gateway.serve(current.api, current.invoke);
        await closeAll(next);
        principals.withdraw(next.access);
        throw error;
      }
      stop();
      timers = next.schedules.map(({ functionName, event, every, logicalId }) =>
        setInterval(async () => {
          const outcome = await next.invoke(functionName, event, randomUUID());
          if (!outcome.ok) print(`The schedule ${logicalId} failed: ${outcome.reason}`);
        }, every),
      );
      const before = current;
      current = next;
      for (const one of before?.functions.values() ?? []) await one.retire();
    },
    close: async () => {
      stop();
      if (current !== undefined) await closeAll(current);
    },
  };
}

const closeAll = async ({ functions }: Deployment) => {
  await Promise.all([...functions.values()].map((one) => one.close()));
};

async function runTriggers(deployment: Deployment, home: string): Promise<void> {
  for (const { logicalId, functionName, event } of deployment.triggers) {
    const outcome = await deployment.invoke(functionName, event, randomUUID());
    if (!outcome.ok) {
      const log = join(home, 'logs', `${functionName}.log`);
      throw new Error(`the trigger ${logicalId} failed (${outcome.kind}): ${outcome.reason}\nSee ${log}.`);
    }
  }
}
