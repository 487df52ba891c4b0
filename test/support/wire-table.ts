/** A table without a socket: quick to make and to ask, for tests that need many or ask much. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { TestTable } from './dynamodb.ts';
import { createTableOver, inProcessEngine, type Wire } from './in-process-engine.ts';
import { wireClient } from './wire-client.ts';

const NAME = 'ledger';

export interface WireTable extends TestTable {
  /** The way to its engine, for clients that something happens to. */
  wire: Wire;
}

/** Creates an empty table with our keys, in an engine of its own that is forgotten with it. */
export async function createWireTable(): Promise<WireTable> {
  const wire = inProcessEngine();
  await createTableOver(wire, NAME);
  const operations: string[] = [];
  const counted: Wire = (operation, body) => {
    operations.push(operation);
    return wire(operation, body);
  };
  return {
    ...{ name: NAME, client: wireClient(counted), wire },
    endpoint: 'none: it has no socket',
    takeOperations: () => operations.splice(0),
    items: async () => {
      const { body } = await wire('Scan', JSON.stringify({ TableName: NAME }));
      return (JSON.parse(body) as { Items: Parameters<typeof unmarshall>[0][] }).Items.map((item) =>
        unmarshall(item),
      );
    },
    close: async () => undefined,
  };
}
