/**
 * The two targets of the comparison: the deployment that TOLLGATE_URL names, its clients in the file that
 * TOLLGATE_CONTRACT names, and a local runner that is started here.
 */
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalRunner } from '../e2e/setup.ts';

declare module 'vitest' {
  interface ProvidedContext {
    deployed: { url: string; contract: string };
    local: { contract: string };
  }
}

export default function setup({ provide }: TestProject): () => Promise<void> {
  const { TOLLGATE_URL: url, TOLLGATE_CONTRACT: contract } = process.env;
  if (url === undefined || contract === undefined) {
    throw new Error('the comparison needs TOLLGATE_URL, and TOLLGATE_CONTRACT, a file with clients');
  }
  const runner = startLocalRunner(`differential-${process.pid}`);
  provide('deployed', { url, contract: resolve(contract) });
  provide('local', { contract: runner.contract });
  return runner.close;
}
