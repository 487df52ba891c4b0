/** Two requests at once, at every point at which they can meet; and a request that ends before any of its operations. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Wire } from './in-process-engine.ts';
import { createWireTable, type WireTable } from './wire-table.ts';

/** @returns whether the operation of this number was reached */
export interface Met {
  table: WireTable;
  reached: boolean;
}

/**
 * @param items what the table begins with
 * @param at the operation, from 1, before which `then` happens
 * @param first what is at work, over the way that it is given
 * @param then what comes between; where it never comes back, `first` has ended there
 */
export async function preempted(
  items: readonly Record<string, unknown>[],
  at: number,
  first: (wire: Wire, table: WireTable) => Promise<unknown>,
  then: (table: WireTable) => Promise<unknown>,
): Promise<Met> {
  const table = await tableOf(items);
  let operations = 0;
  let reached = false;
  const wire: Wire = async (operation, body) => {
    operations += 1;
    if (operations === at) {
      reached = true;
      await then(table);
    }
    return table.wire(operation, body);
  };
  await first(wire, table);
  return { table, reached };
}

/** As {@link preempted}, of one that ends there. */
export async function interrupted(
  items: readonly Record<string, unknown>[],
  at: number,
  first: (wire: Wire, table: WireTable) => Promise<unknown>,
): Promise<Met> {
  let met: Met | undefined;
  const table = await tableOf(items);
  const ended = new Promise<void>((resolve) => {
    let operations = 0;
    const wire: Wire = (operation, body) => {
      operations += 1;
      if (operations < at) return table.wire(operation, body);
      met = { table, reached: true };
      resolve();
      return new Promise(() => undefined);
    };
    void first(wire, table).then(() => resolve());
  });
  await ended;
  return met ?? { table, reached: false };
}

export async function tableOf(items: readonly Record<string, unknown>[]): Promise<WireTable> {
  const table = await createWireTable();
  for (const Item of items) await table.client.send(new PutCommand({ TableName: table.name, Item }));
  table.takeOperations();
  return table;
}
