/**
 * Budgets in the ledger: one item each, all in one partition. Operators write the limits and the runs of the closing
 * what was spent, each its own attributes of the same item, so that neither overwrites the other.
 */
import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type {
  Budget,
  BudgetLimits,
  BudgetOf,
  BudgetReader,
  BudgetRegistry,
  Spending,
  SpendingWriter,
} from '../domain/ledger/budget.ts';
import type { Revised } from '../domain/precondition.ts';
import { answered, conditionHeld, ifHeld, namesIn, type TableAccess, valuesIn } from './dynamodb.ts';
import { BUDGETS, budgetKey, parseBudget, revisionIn } from './items.ts';
import { conditionOf } from './precondition.ts';
import { itemsOf } from './query.ts';
import { readItems } from './read.ts';
import { removeItem } from './removal.ts';

/**
 * @returns the view of whoever issues tokens: one strongly consistent `BatchGetItem`. What DynamoDB left unprocessed
 *   counts as not read at all, and is not asked for again: the caller may retry.
 */
export const budgetReader = (ledger: TableAccess): BudgetReader => ({
  find: async (of) => (await readItems(ledger, of.map(budgetKey), 'reading budgets')).map(parseBudget),
});

/**
 * @param newRevision gives an id that no revision had before
 * @returns the operators' view: a setting or a removal is one write, the list a query of as many pages as there are.
 *   Where a removal's condition did not hold, one more query tells whether there is anything.
 */
export const budgetRegistry = (
  ledger: TableAccess,
  newRevision: () => string = randomUUID,
): BudgetRegistry => ({
  list: () => list(ledger),

  async set(of, limits, precondition = {}) {
    const revision = newRevision();
    const { condition, values } = conditionOf(precondition, revision);
    const set = 'SET #of = :of, #limits = :limits, #revision = :revision';
    const expressions = { set, ...(condition !== undefined && { condition }) };
    const written = await ifHeld(update(ledger, of, expressions, { of, limits, revision }, values));
    if (written === undefined) return { outcome: 'changed_meanwhile' };
    const { before } = written;
    if (before === undefined) return { outcome: 'created', budget: { of, limits, revision } };
    return { outcome: 'changed', budget: { ...parseBudget(before), limits, revision } };
  },

  async remove(of, precondition = {}) {
    const outcome = await removeItem(ledger, budgetKey(of), precondition, 'removing a budget');
    if (outcome !== 'changed_meanwhile') return outcome;
    const isThere = (await list(ledger)).some((one) => one.of.kind === of.kind && one.of.id === of.id);
    return isThere ? outcome : 'unknown';
  },
});

/** @returns what the runs of the closing write: one conditional write each. */
export const spendingWriter = (ledger: TableAccess): SpendingWriter => ({
  put: (of, spending, generation) => noted(ledger, of, 'spending', spending, generation),
  noteWarned: (of, warned, generation) => noted(ledger, of, 'warned', warned, generation),
});

/** A budget that was removed while the run was at work stays removed; an earlier run comes too late. */
const CONDITION =
  'attribute_exists(#pk) AND (attribute_not_exists(#generation) OR #generation <= :generation)';

async function noted(
  ledger: TableAccess,
  of: BudgetOf,
  attribute: 'spending' | 'warned',
  value: Spending | NonNullable<Budget['warned']>,
  generation: number,
): Promise<'written' | 'stale'> {
  const static_ = {
    set: `SET #${attribute} = :${attribute}, #generation = :generation`,
    condition: CONDITION,
  };
  const values = { [attribute]: value, generation };
  return (await conditionHeld(update(ledger, of, static_, values))) ? 'written' : 'stale';
}

interface Expressions {
  set: string;
  condition?: string;
}

type Value = number | string | BudgetOf | BudgetLimits | Spending | NonNullable<Budget['warned']>;

/**
 * @param values by the names of their attributes
 * @param more by their placeholders
 * @returns the item that was there before
 */
async function update(
  { client, table }: TableAccess,
  of: BudgetOf,
  { set, condition }: Expressions,
  values: Readonly<Record<string, Value>>,
  more: Readonly<Record<string, string>> = {},
): Promise<{ before: unknown }> {
  const command = new UpdateCommand({
    TableName: table,
    Key: budgetKey(of),
    UpdateExpression: set,
    ...(condition !== undefined && { ConditionExpression: condition }),
    ExpressionAttributeNames: namesIn(set, condition ?? ''),
    ExpressionAttributeValues: {
      ...valuesIn(values),
      ...more,
    },
    ReturnValues: 'ALL_OLD',
  });
  return { before: (await answered(client.send(command), 'writing a budget')).Attributes };
}

async function list(ledger: TableAccess): Promise<Revised<Budget>[]> {
  const budgets: Revised<Budget>[] = [];
  for await (const item of itemsOf(ledger, { partition: BUDGETS, what: 'listing budgets' })) {
    budgets.push({ ...parseBudget(item), revision: revisionIn(item) });
  }
  return budgets;
}
