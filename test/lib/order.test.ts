import { describe, expect, it } from 'vitest';
import { referencesIn, synth } from './synth.ts';

/** What CloudFormation waits for before it makes each resource. */
function graphOf({ resources }: ReturnType<typeof synth>): Map<string, string[]> {
  return new Map(
    [...resources].map(([id, { Properties, DependsOn = [] }]) => {
      const needed = [...referencesIn(Properties), ...DependsOn];
      return [id, [...new Set(needed)].filter((other) => resources.has(other))];
    }),
  );
}

/** Everything that exists before `id` is made. */
function madeBefore(graph: Map<string, string[]>, id: string): Set<string> {
  const seen = new Set<string>();
  const pending = [...(graph.get(id) ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    pending.push(...(graph.get(next) ?? []));
  }
  return seen;
}

describe.each([
  ['its own address as issuer', {}],
  ['another issuer', { issuer: 'https://auth.example.com', alarmEmail: 'ops@example.com' }],
])('the order of a deployment with %s', (_, context) => {
  const stack = synth(context);
  const graph = graphOf(stack);
  const idsOf = (type: string) => stack.ofType(type).map(([id]) => id);
  const one = (type: string, pattern: RegExp): string => {
    const found = idsOf(type).filter((id) => pattern.test(id));
    expect(found).toHaveLength(1);
    return found[0] ?? '';
  };
  const routesWith = (test: (authorization: unknown) => boolean) =>
    stack
      .ofType('AWS::ApiGatewayV2::Route')
      .filter(([, { Properties }]) => test(Properties.AuthorizationType));
  const firstKey = one('Custom::Trigger', /^KeyRingFirstKey/);
  const probe = one('Custom::Trigger', /^IssuerProbe/);
  const stage = one('AWS::ApiGatewayV2::Stage', /./);
  const authorizer = one('AWS::ApiGatewayV2::Authorizer', /./);

  it('has no cycle', () => {
    for (const id of graph.keys()) expect(madeBefore(graph, id)).not.toContain(id);
  });

  it('makes the secrets, and what the rotation may do, before the first key', () => {
    const needed = [
      ...idsOf('AWS::SecretsManager::Secret'),
      one('AWS::IAM::Policy', /^KeyRingRotation/),
      one('AWS::DynamoDB::Table', /^Ledger/),
    ];
    expect([...madeBefore(graph, firstKey)]).toEqual(expect.arrayContaining(needed));
  });

  it('makes the first key before every route without a token, and those before the stage', () => {
    const open = routesWith((authorization) => authorization !== 'JWT');
    expect(open.length).toBeGreaterThan(0);
    for (const [id] of open) {
      expect(madeBefore(graph, id)).toContain(firstKey);
      expect(madeBefore(graph, stage)).toContain(id);
    }
  });

  it('lets API Gateway invoke the functions before the probe asks them', () => {
    const discovery = idsOf('AWS::Lambda::Permission').filter((id) => /WellKnown/.test(id));
    expect(discovery).toHaveLength(3);
    expect([...madeBefore(graph, probe)]).toEqual(expect.arrayContaining(discovery));
  });

  it('probes the issuer once the stage is there, and before it makes the authorizer', () => {
    expect(madeBefore(graph, probe)).toContain(stage);
    expect(madeBefore(graph, authorizer)).toContain(probe);
  });

  it('makes the protected routes last', () => {
    const protectedRoutes = routesWith((authorization) => authorization === 'JWT');
    expect(protectedRoutes.length).toBeGreaterThan(0);
    for (const [id] of protectedRoutes) {
      expect(madeBefore(graph, id)).toContain(authorizer);
      expect(madeBefore(graph, probe)).not.toContain(id);
    }
  });
});
