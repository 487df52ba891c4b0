/**
 * A rotation that dies after each of its calls (which is before the next), and is run again an hour later: tokens
 * from before, during and after are all accepted by gateways that keep the JWKS for two hours.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import type { KeyMaterial } from '../../lambdas/domain/key-ring.ts';
import { HOUR, NOW, testClock } from '../support/clock.ts';
import {
  copySecrets,
  type Deployment,
  gateway,
  login,
  ROTATION,
  testDeployment,
} from '../support/deployment.ts';
import { captureOutput } from '../support/output.ts';
import { Interrupted, type TestSecrets, testSecrets } from '../support/secrets.ts';

let secrets: TestSecrets;
let pool: KeyMaterial[];
beforeAll(async () => {
  secrets = await testSecrets();
  pool = await Promise.all(Array.from({ length: 6 }, createKey));
});
afterAll(() => secrets.close());
captureOutput();

interface Situation {
  /** When the run happens that dies. */
  at: number;
  /** When rotations have run before it. */
  runs: number[];
  /** Its event. */
  event: () => unknown;
  /** How many calls it makes when it lives: two reads a pass and the writes. */
  calls: number;
  /** Whether tokens of the first key are accepted afterwards. */
  lost?: boolean;
}

const situations: Record<string, Situation> = {
  'there is no ring yet': { at: NOW, runs: [], event: () => ({}), calls: 11 },
  'the ready key has begun to sign': { at: NOW + ROTATION, runs: [NOW], event: () => ({}), calls: 11 },
  'a key is to be dropped': {
    at: NOW + ROTATION + 27 * HOUR,
    runs: [NOW, NOW + ROTATION],
    event: () => ({}),
    calls: 8,
  },
  'the signing key is revoked': {
    at: NOW + 5 * HOUR,
    runs: [NOW],
    event: () => ({ revokeKey: pool[0]?.kid }),
    calls: 13,
    lost: true,
  },
};

async function deploymentAt(time: number, used: number) {
  const revocations = { revoke: async () => 'revoked' as const };
  return testDeployment({ secrets, pool: pool.slice(used), revocations, clock: testClock(time) });
}

/** Builds the situation once; each case starts from a copy of its secrets. */
async function prepare({ at, runs }: Situation) {
  const origin = await deploymentAt(NOW, 0);
  for (const time of runs) {
    origin.clock.advance(time - origin.clock());
    await origin.rotation()({});
  }
  const used = runs.length === 0 ? 0 : runs.length + 1;
  return async () => {
    const copy = await deploymentAt(at - HOUR, used);
    if (runs.length > 0) await copySecrets(secrets, origin, copy);
    return copy;
  };
}

/** Tokens of now, from an instance that is warm and one that is not; none where no key may sign. */
async function tokensOf(deployment: Deployment, warm: ReturnType<Deployment['signer']>): Promise<string[]> {
  const logins = [warm, deployment.signer()].map((keys) => login(keys, deployment.clock()));
  const settled = await Promise.allSettled(logins);
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

async function die(deployment: Deployment, situation: Situation, call: number) {
  const client = secrets.newClient((number) => (number === call ? 'after' : undefined));
  try {
    await deployment.rotation(client)(situation.event());
    return false;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof Interrupted)) throw error;
    return true;
  }
}

/** @returns whether the run lived to make that call */
async function survive(deployment: Deployment, situation: Situation, call: number) {
  const { clock, signer, rotation } = deployment;
  const gateways = [gateway(deployment), gateway(deployment), gateway(deployment)];
  const warm = signer();
  const before = await tokensOf(deployment, warm);
  await gateways[0]?.fetchKeys();
  clock.advance(HOUR);
  await gateways[1]?.fetchKeys();
  const died = await die(deployment, situation, call);
  await gateways[2]?.fetchKeys();

  const during = await tokensOf(deployment, warm);
  const tokens = situation.lost ? [] : [...before, ...during];
  for (const [round, hours] of [1, 2, 2].entries()) {
    for (const front of gateways) {
      expect(await Promise.all(tokens.map(front.accepts))).toEqual(tokens.map(() => true));
    }
    clock.advance(hours * HOUR);
    // An emergency that died is run again by its operator; if it was as good as done, there is no such key.
    if (round === 0 && situation.lost) await rotation()(situation.event()).catch(() => undefined);
    const { signing } = await rotation()({});
    expect(signing).toBeDefined();
    if (situation.lost) expect(signing).not.toBe(pool[0]?.kid);
    tokens.push(...(await tokensOf(deployment, signer())));
  }
  return died;
}

describe.each(Object.entries(situations))('a rotation that dies when %s', (_, situation) => {
  it('after any of its calls costs nobody a token', async () => {
    const begin = await prepare(situation);
    let calls = 0;
    while (await survive(await begin(), situation, calls + 1)) calls += 1;
    expect(calls).toBe(situation.calls);
  });
});
