/** In which order CloudFormation makes the resources of an app. */
import type { Cloud, Resource } from './cloud.ts';
import { resourcesIn } from './values.ts';

export class Order {
  readonly #cloud: Cloud;
  readonly #direct: ReadonlyMap<Resource, readonly Resource[]>;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#direct = new Map(cloud.resources.map((resource) => [resource, waitsFor(cloud, resource)]));
  }

  /** @returns everything that is there before a resource is made. */
  before(resource: Resource): ReadonlySet<Resource> {
    const seen = new Set<Resource>();
    const pending = [...this.#earlierStacks(resource), ...(this.#direct.get(resource) ?? [])];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      pending.push(...(this.#direct.get(next) ?? []));
    }
    return seen;
  }

  /** @returns each circle once, as the resources on it. */
  circles(): Resource[][] {
    const onCircle = [...this.#direct.keys()].filter((resource) => this.before(resource).has(resource));
    const found: Resource[][] = [];
    for (const resource of onCircle) {
      if (found.some((circle) => circle.includes(resource))) continue;
      const mutual = [...this.before(resource)].filter((other) => this.before(other).has(resource));
      found.push(mutual);
    }
    return found;
  }

  /** A stack that another depends on is complete before the other begins. */
  #earlierStacks({ stack }: Resource): Resource[] {
    return this.#cloud.resources.filter((other) => stack.dependencies.includes(other.stack));
  }
}

function waitsFor(cloud: Cloud, { properties, dependsOn, stack }: Resource): Resource[] {
  const named = dependsOn.map((id) => cloud.resource(stack, id)).filter((one) => one !== undefined);
  return [...named, ...resourcesIn(cloud, properties, stack)];
}
