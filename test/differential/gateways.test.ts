/** The same requests to the local gateway and to a deployment: each difference is explained, or it is a bug. */
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { comparable, type Difference, differencesOf } from './compare.ts';
import { explanationsFor } from './explained.ts';
import { scenariosOf } from './generate.ts';
import { ambiguous, reportOf, staleOf, unexplained } from './report.ts';
import { describeRequest, type Scenario } from './request.ts';
import { openTarget, type Target } from './target.ts';
import { send } from './wire.ts';

/** Another one finds other things; the one of a failure finds the same again. */
const SEED = Number(process.env.TOLLGATE_SEED ?? 20_261_122);

/** Scenarios under way at once. */
const LANES = 8;

describe('the local gateway and the deployment', () => {
  const scenarios = scenariosOf(SEED);
  const sent = scenarios.flat();
  const explanations = explanationsFor(inject('deployed').url);
  let differences: Difference[] = [];

  beforeAll(async () => {
    const deployed = inject('deployed');
    const targets = {
      local: await openTarget(inject('local').contract),
      deployed: await openTarget(deployed.contract, deployed.url),
    };
    differences = await compareAll(scenarios, targets);
    process.stdout.write(`${reportOf(SEED, sent.length, differences, explanations)}\n`);
  }, 300_000);

  it('got a few hundred requests', () => {
    expect(sent.length).toBeGreaterThan(500);
  });

  it('answer alike, but for what is explained', () => {
    expect(unexplained(differences, explanations)).toEqual([]);
  });

  it('differ for one reason at a time', () => {
    expect(ambiguous(differences, explanations)).toEqual([]);
  });

  it('still differ in everything that is explained', () => {
    expect(staleOf(differences, explanations)).toEqual([]);
  });
});

async function compareAll(
  scenarios: readonly Scenario[],
  targets: Record<'local' | 'deployed', Target>,
): Promise<Difference[]> {
  const found: Difference[] = [];
  const queue = scenarios.values();
  const lane = async () => {
    for (const scenario of queue) {
      for (const request of scenario) {
        const [local, deployed] = await Promise.all(
          [targets.local, targets.deployed].map(async (target) =>
            comparable(request, await send(request, target), target),
          ),
        );
        if (local === undefined || deployed === undefined)
          throw new Error(`no answer to ${describeRequest(request)}`);
        found.push(...differencesOf(request, local, deployed));
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return found;
}
