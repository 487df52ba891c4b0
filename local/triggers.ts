/** What a deployment runs by itself: triggers while it deploys, in its order, and schedules afterwards. */
import { resolveIntrinsics, type Scope } from './intrinsics.ts';
import { functionNameOf } from './physical.ts';
import type { Resource } from './template.ts';

export interface Trigger {
  logicalId: string;
  functionName: string;
  /** What the function gets. */
  event: unknown;
}

export interface Schedule extends Trigger {
  /** Milliseconds between two runs. */
  every: number;
}

type Resources = Readonly<Record<string, Resource>>;

/**
 * @returns the triggers in the order in which CloudFormation would create them
 * @throws Error that names the resources of a cycle
 */
export function triggersOf(resources: Resources, scope: Scope): Trigger[] {
  return inOrder(resources)
    .filter((id) => resources[id]?.Type === 'Custom::Trigger')
    .map((logicalId) => {
      const { HandlerArn } = propertiesOf(resources[logicalId], scope);
      return { logicalId, functionName: functionIn(HandlerArn, logicalId), event: {} };
    });
}

/** @returns the schedules that are enabled. */
export function schedulesOf(resources: Resources, scope: Scope): Schedule[] {
  return Object.entries(resources).flatMap(([logicalId, resource]) => {
    if (!['AWS::Events::Rule', 'AWS::Scheduler::Schedule'].includes(resource.Type)) return [];
    const { ScheduleExpression, State, Targets, Target } = propertiesOf(resource, scope);
    if (State === 'DISABLED' || ScheduleExpression === undefined) return [];
    const targets = (Targets ?? [Target]) as { Arn?: unknown; Input?: unknown }[];
    return targets.map(({ Arn, Input }) => ({
      logicalId,
      functionName: functionIn(Arn, logicalId),
      event: typeof Input === 'string' ? JSON.parse(Input) : { source: 'aws.events' },
      every: intervalOf(String(ScheduleExpression)),
    }));
  });
}

const propertiesOf = (resource: Resource | undefined, scope: Scope) =>
  resolveIntrinsics(resource?.Properties ?? {}, scope) as Record<string, unknown>;

function functionIn(arn: unknown, logicalId: string): string {
  const name = functionNameOf(String(arn));
  if (name === undefined) throw new Error(`${logicalId} does not name a function`);
  return name;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @returns the milliseconds of `rate(1 hour)`. */
function intervalOf(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
}

/** @returns the logical ids, each after all that it depends on. */
function inOrder(resources: Resources): string[] {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]) => {
    const resource = resources[id];
    if (resource === undefined || done.has(id)) return;
    if (path.includes(id)) throw new Error(`resources depend on each other: ${[...path, id].join(' → ')}`);
    const needed = [...resource.DependsOn, ...referencesIn(resource.Properties)];
    for (const other of needed) visit(other, [...path, id]);
    done.add(id);
  };
  for (const id of Object.keys(resources)) visit(id, []);
  return [...done];
}

/** @returns the logical ids that a value refers to. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('Ref' in value && typeof value.Ref === 'string') return [value.Ref];
  if ('Fn::GetAtt' in value) {
    const target = value['Fn::GetAtt'];
    return [Array.isArray(target) ? String(target[0]) : (String(target).split('.')[0] ?? '')];
  }
  return Object.values(value).flatMap(referencesIn);
}
