/**
 * Budgets in the ledger: one item each, all in one partition. Operators write the limits and the runs of the closing
 * what was spent, each its own attributes of the same item, so that neither overwrites the other.
 */
import { BatchGetCommand, DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type {
  Budget,
  BudgetLimits,
  BudgetOf,
  BudgetReader,
  BudgetRegistry,
  Spending,
  SpendingWriter,
} from '../domain/ledger/budget.ts';
import { StoreUnavailable } from '../domain/ports.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import { BUDGETS, budgetKey, parseBudget } from './items.ts';
import { itemsOf } from './query.ts';

/**
 * @returns the view of whoever issues tokens: one strongly consistent `BatchGetItem`. What DynamoDB left unprocessed
 *   counts as not read at all, and is not asked for again: the caller may retry.
 */
export const budgetReader = ({ client, table }: TableAccess): BudgetReader => ({
  async find(of) {
    const request = { RequestItems: { [table]: { Keys: of.map(budgetKey), ConsistentRead: true } } };
    const answer = await answered(client.send(new BatchGetCommand(request)), 'reading budgets');
    if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
      throw new StoreUnavailable('reading budgets was left unfinished');
    }
    return (answer.Responses?.[table] ?? []).map(parseBudget);
  },
});

/** @returns the operators' view: a setting or a removal is one write, the list a query of as many pages as there are. */
export const budgetRegistry = (ledger: TableAccess): BudgetRegistry => ({
  list: () => list(ledger),

  async set(of, limits) {
    const before = await update(ledger, of, { set: 'SET #of = :of, #limits = :limits' }, { of, limits });
    if (before === undefined) return { outcome: 'created', budget: { of, limits } };
    return { outcome: 'changed', budget: { ...parseBudget(before), limits } };
  },

  async remove(of) {
    const { client, table } = ledger;
    const deletion = new DeleteCommand({ TableName: table, Key: budgetKey(of), ReturnValues: 'ALL_OLD' });
    const { Attributes } = await answered(client.send(deletion), 'removing a budget');
    return Attributes === undefined ? 'unknown' : 'removed';
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

/** @returns the item that was there before. */
async function update(
  { client, table }: TableAccess,
  of: BudgetOf,
  { set, condition }: Expressions,
  values: Readonly<
    Record<string, number | BudgetOf | BudgetLimits | Spending | NonNullable<Budget['warned']>>
  >,
): Promise<unknown> {
  const command = new UpdateCommand({
    TableName: table,
    Key: budgetKey(of),
    UpdateExpression: set,
    ...(condition !== undefined && { ConditionExpression: condition }),
    ExpressionAttributeNames: namesIn(set, condition ?? ''),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`:${name}`, value]),
    ),
    ReturnValues: 'ALL_OLD',
  });
  return (await answered(client.send(command), 'writing a budget')).Attributes;
}

async function list(ledger: TableAccess): Promise<Budget[]> {
  const budgets: Budget[] = [];
  for await (const item of itemsOf(ledger, { partition: BUDGETS, what: 'listing budgets' })) {
    budgets.push(parseBudget(item));
  }
  return budgets;
}
