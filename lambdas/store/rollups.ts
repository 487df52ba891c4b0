/**
 * What closed hours amounted to. A row overwrites itself, and only a run of the closing that began later may change
 * what one has written; see `closings.ts` for why that is enough.
 */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RollupReader, RollupWriter } from '../domain/ledger/ports.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import {
  activityItem,
  activityPartition,
  CLOSING_STATE,
  parseActivity,
  parseClosingState,
  parseRollup,
  parseTotal,
  rollupItem,
  rollupPartition,
  totalItem,
  totalPartition,
} from './items.ts';
import { itemsOf } from './query.ts';
import { readItem } from './read.ts';

/** @returns the reader of closed hours; all of it strongly consistent. */
export const rollupReader = (ledger: TableAccess): RollupReader => ({
  async state() {
    const item = await readItem(ledger, CLOSING_STATE, 'reading how far hours are closed');
    return item === undefined ? { generation: 0 } : parseClosingState(item);
  },

  async *rollupsOf(sub, month, { from, to }) {
    const partition = rollupPartition(sub, month);
    // `$` is what follows the separator: all that begins with the last hour is before it.
    const where = { condition: '#sk BETWEEN :from AND :to', values: { ':from': from, ':to': `${to}$` } };
    for await (const item of itemsOf(ledger, { partition, where, what: 'reading roll-ups' })) {
      yield parseRollup(item);
    }
  },

  async *active(activity, month, after) {
    const partition = activityPartition(activity, month);
    const where = after !== undefined && {
      where: { condition: '#sk > :after', values: { ':after': activityItem(activity, month, after).sk } },
    };
    for await (const item of itemsOf(ledger, { partition, ...where, what: 'reading who is active' })) {
      yield parseActivity(item);
    }
  },

  async *totalsOf(whose, month, { from, to }) {
    const partition = totalPartition(whose, month);
    const where = { condition: '#sk BETWEEN :from AND :to', values: { ':from': from, ':to': to } };
    for await (const item of itemsOf(ledger, { partition, where, what: 'reading totals' })) {
      yield parseTotal(item);
    }
  },
});

/** @returns the writer of closed hours: one `PutItem` each. */
export const rollupWriter = (ledger: TableAccess): RollupWriter => ({
  put: (row, generation) => put(ledger, rollupItem(row, generation)),

  putTotal: (whose, total, generation) => put(ledger, totalItem(whose, total, generation)),

  async noteActive(activity, month, member) {
    const item = activityItem(activity, month, member);
    const note = new PutCommand({ TableName: ledger.table, Item: item });
    await answered(ledger.client.send(note), 'noting who is active');
  },
});

const NOT_LATER = 'attribute_not_exists(#generation) OR #generation <= :generation';

async function put({ client, table }: TableAccess, item: { generation: number }) {
  const command = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: NOT_LATER,
    ExpressionAttributeNames: namesIn(NOT_LATER),
    ExpressionAttributeValues: { ':generation': item.generation },
  });
  const held = await conditionHeld(answered(client.send(command), 'writing a roll-up'));
  return held ? ('written' as const) : ('superseded' as const);
}
