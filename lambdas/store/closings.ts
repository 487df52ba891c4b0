/**
 * How far hours are closed, their chain, and the hours that have to be closed again.
 *
 * Runs of the closing may overlap: each has a generation, and no run overwrites what one of a higher generation has
 * written. But who began later need not have read later:
 *
 *     run 1 begins                           run 2 begins
 *                                            reads the hour
 *     a late record is marked, added, marked again
 *     reads the marks, reads the hour
 *     writes the rows, with the record
 *                                            writes the rows, without it: its generation is higher
 *     clears the mark                        and nobody would ever count the record
 *
 * So a run has to `hold` before it clears a mark, links an hour or says that it is closed. That fails for run 1: run 2
 * had begun. Where it does not fail, whoever begins later also reads later, and reads at least as much.
 */
import { randomUUID } from 'node:crypto';
import { DeleteCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Link } from '../domain/ledger/closing.ts';
import type { Chain, ClosingStates, LateHours } from '../domain/ledger/ports.ts';
import { answered, conditionHeld, namesIn, type TableAccess } from './dynamodb.ts';
import {
  CHAIN,
  CLOSING_STATE,
  hourItem,
  hourKey,
  LATE,
  lateItem,
  lateKey,
  linkItem,
  linkKey,
  parseClosingState,
  parseLate,
  parseLink,
} from './items.ts';
import { itemsOf } from './query.ts';
import { readItem } from './read.ts';

/** @returns the chain of closed hours. */
export const chain = (ledger: TableAccess): Chain => ({
  async head() {
    const query = new QueryCommand({
      TableName: ledger.table,
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :chain',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':chain': CHAIN },
      ScanIndexForward: false,
      Limit: 1,
    });
    const { Items: [last] = [] } = await answered(ledger.client.send(query), 'reading the last link');
    return last === undefined ? undefined : parseLink(last);
  },

  async append(link) {
    const held = await put(ledger, linkItem(link), 'attribute_not_exists(#pk)');
    return held ? 'appended' : 'taken';
  },

  async establish(link) {
    await put(ledger, hourItem(link), COUNTS_LESS, { ':generation': link.generation, ':seq': link.seq });
  },

  async linkOf(hour) {
    const item = await readItem(ledger, hourKey(hour), 'reading the link of an hour');
    return item === undefined ? undefined : parseLink(item);
  },

  links: (after) => linksAfter(ledger, after),
});

const COUNTS_LESS =
  'attribute_not_exists(#generation) OR #generation < :generation OR (#generation = :generation AND #seq < :seq)';

async function* linksAfter(ledger: TableAccess, after: number): AsyncGenerator<Link, void, undefined> {
  const where = { condition: '#sk > :after', values: { ':after': linkKey(after).sk } };
  for await (const item of itemsOf(ledger, { partition: CHAIN, where, what: 'reading the chain' })) {
    yield parseLink(item);
  }
}

/** @param newMark tells each mark from all others */
export const lateHours = (ledger: TableAccess, newMark: () => string = randomUUID): LateHours => ({
  async mark(hour) {
    const command = new PutCommand({ TableName: ledger.table, Item: lateItem(hour, newMark()) });
    await answered(ledger.client.send(command), 'marking an hour');
  },

  async marked() {
    const hours = [];
    for await (const item of itemsOf(ledger, { partition: LATE, what: 'reading the marked hours' })) {
      hours.push(parseLate(item));
    }
    return hours;
  },

  async clear(hour, mark) {
    const command = new DeleteCommand({
      TableName: ledger.table,
      Key: lateKey(hour),
      ConditionExpression: '#mark = :mark',
      ExpressionAttributeNames: { '#mark': 'mark' },
      ExpressionAttributeValues: { ':mark': mark },
    });
    await conditionHeld(answered(ledger.client.send(command), 'clearing a mark'));
  },
});

/** @returns how far hours are closed, for those that close them. */
export const closingStates = (ledger: TableAccess): ClosingStates => ({
  async begin(until) {
    const values = { ':one': 1, ':until': until };
    return parseClosingState(await update(ledger, 'ADD #generation :one SET #busyUntil = :until', values));
  },

  async hold(generation, until) {
    const values = { ':generation': generation, ':until': until };
    const held = update(ledger, 'SET #busyUntil = :until', values, '#generation = :generation');
    return (await conditionHeld(held)) ? 'held' : 'superseded';
  },

  async advance({ closed, checked }) {
    if (closed !== undefined) await reach(ledger, 'closedThrough', closed);
    if (checked !== undefined) await reach(ledger, 'checkedThrough', checked);
  },
});

const REACH = {
  closedThrough: { set: 'SET #closedThrough = :hour', behind: behind('closedThrough') },
  checkedThrough: { set: 'SET #checkedThrough = :hour', behind: behind('checkedThrough') },
} as const;

function behind(name: string): string {
  return `attribute_not_exists(#${name}) OR #${name} < :hour`;
}

const reach = (ledger: TableAccess, name: keyof typeof REACH, hour: string): Promise<boolean> =>
  conditionHeld(update(ledger, REACH[name].set, { ':hour': hour }, REACH[name].behind));

/** @returns the state as it is now. */
async function update(
  { client, table }: TableAccess,
  expression: string,
  values: Record<string, string | number>,
  condition?: string,
): Promise<Record<string, unknown>> {
  const command = new UpdateCommand({
    TableName: table,
    Key: CLOSING_STATE,
    UpdateExpression: expression,
    ...(condition !== undefined && { ConditionExpression: condition }),
    ExpressionAttributeNames: namesIn(expression, condition ?? ''),
    ExpressionAttributeValues: values,
    ReturnValues: 'ALL_NEW',
  });
  const { Attributes = {} } = await answered(client.send(command), 'writing how far hours are closed');
  return Attributes;
}

/** @returns whether the condition held. */
function put(
  { client, table }: TableAccess,
  item: Record<string, unknown>,
  condition: string,
  values?: Record<string, string | number>,
): Promise<boolean> {
  const command = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: condition,
    ExpressionAttributeNames: namesIn(condition),
    ...(values !== undefined && { ExpressionAttributeValues: values }),
  });
  return conditionHeld(answered(client.send(command), 'writing a link'));
}
