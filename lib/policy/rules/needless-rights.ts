/** A function can do with Tollgate's data what its routes need, and nothing else. */
import { gatewayRoutes } from '../gateway.ts';
import { type Need, needsOf } from '../needs.ts';
import { type Right, rightsOf } from '../rights.ts';
import type { Problem, Rule } from '../rule.ts';
import { isHarmless, storedData, storeNames } from '../stores.ts';

/** Reading the ledger is left to the grants; writing it, and anything with the directory or a key, is not. */
export const needlessRights: Rule = {
  id: 'Tollgate-NeedlessRights',
  check: (cloud) => {
    const data = storedData(cloud);
    const routes = gatewayRoutes(cloud);
    return cloud.ofType('AWS::Lambda::Function').flatMap((fn) => {
      const served = routes.filter((route) => route.fn === fn);
      const needs = needsOf(fn, served);
      const keys = served.map(({ key }) => key).join(', ');
      const reason = keys === '' ? 'serves no route' : `serves ${keys}`;
      return rightsOf(cloud, fn, data)
        .filter((right) => !isHarmless(right.data.store, right.action))
        .filter((right) => !needs.some((need) => covers(need, right)))
        .map((right) => problem(fn.construct, right, reason));
    });
  },
};

const covers = ({ store, actions, partitions }: Need, right: Right): boolean =>
  store === right.data.store &&
  actions.includes(right.action.toLowerCase()) &&
  (partitions === undefined || areWithin(right.partitions, partitions));

/** @returns whether every form, such as `USAGE#2026*`, begins with one of the allowed beginnings, such as `USAGE#`. */
const areWithin = (forms: readonly string[] | undefined, starts: readonly string[]): boolean =>
  forms?.every((form) => starts.some((start) => form.startsWith(start))) ?? false;

function problem(at: Problem['at'], right: Right, reason: string): Problem {
  const { data, action, partitions, grantedBy } = right;
  const items = partitions?.join(', ') ?? (data.type === 'table' ? 'every item' : 'the value');
  const where = `${storeNames[data.store]} (${data.construct.node.path})`;
  return {
    at,
    property: 'Role',
    wrong: `By ${grantedBy} the function may ${action} ${items} of ${where}, which it does not need: it ${reason}.`,
    fix: 'Take the grant away, or narrow it to exact actions and dynamodb:LeadingKeys (ForAllValues:StringLike).',
  };
}
