/** The policies of docs/operating.md, as IAM decides by them, on each route of the operators. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { routes } from '../lambdas/routes.ts';
import { createEvaluator } from '../local/iam/evaluate.ts';
import { ACCOUNT } from '../local/physical.ts';

const page = readFileSync(new URL('../docs/operating.md', import.meta.url), 'utf8');
const [readOnly, everything] = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

const evaluate = createEvaluator();

interface Given {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: string | string[];
}

/** @returns the routes that a policy lets an operator call */
async function allowedBy(policy: string): Promise<string[]> {
  const { Statement } = JSON.parse(policy.replaceAll('111122223333', ACCOUNT)) as { Statement: Given[] };
  const statements = Statement.map(({ Effect, Action, Resource }) => ({
    ...{ Effect, Action: [Action].flat(), Resource: [Resource].flat() },
  }));
  const role = {
    ...{ name: 'Operator', arn: `arn:aws:iam::${ACCOUNT}:role/Operator` },
    policies: [{ name: 'page', policy: { Version: '2012-10-17' as const, Statement: statements } }],
  };
  const decided = routes.map(async ({ key }) => {
    const [method, path = ''] = key.split(' ');
    const resource = `arn:aws:execute-api:us-east-1:${ACCOUNT}:abc123/$default/${method}${path.replace(/[{}]/g, '')}`;
    const decision = await evaluate(
      { functionName: 'somebody', role },
      { action: 'execute-api:Invoke', resource },
    );
    return decision === 'allowed' ? [key] : [];
  });
  return (await Promise.all(decided)).flat();
}

const ofOperators = routes.filter(({ access }) => access.kind === 'operator').map(({ key }) => key);

describe('docs/operating.md', () => {
  it('lets whoever may read read everything, and change nothing', async () => {
    expect(await allowedBy(readOnly ?? '')).toEqual(ofOperators.filter((key) => key.startsWith('GET ')));
  });

  it('lets whoever may do everything call each route of the operators, and needs no more than those', async () => {
    expect(await allowedBy(everything ?? '')).toEqual(ofOperators);
  });
});
