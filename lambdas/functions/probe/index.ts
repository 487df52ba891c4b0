/** Wires the probe of a deployment to the network and the clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnv } from '../../env.ts';
import { createProbe } from './handler.ts';

const { ISSUER } = readEnv(['ISSUER']);

export const handler: () => Promise<void> = createProbe({
  issuer: ISSUER,
  fetch,
  clock: Date.now,
  sleep: (milliseconds) => sleep(milliseconds),
});
