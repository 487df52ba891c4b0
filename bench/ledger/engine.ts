/** Starts engines on disk, fills them, and counts what goes to them. */
import { fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { testCredentials } from '../../test/support/dynamodb.ts';
import { forget, type Load, type Loaded } from './bulk.ts';
import type { Asked } from './engine-process.ts';

export interface Engine {
  fill(load: Load): Promise<Loaded>;
  /** The table, through a client that counts. */
  serve(): Promise<Metered>;
  close(): void;
}

export interface Metered {
  client: DynamoDBDocumentClient;
  table: string;
  /** What was asked for since the last call of this. */
  take(): Counts;
}

export interface Counts {
  requests: number;
  readUnits: number;
  writeUnits: number;
}

const TABLE = 'ledger';

/** @returns an engine with an empty table, its files in a folder that goes with it */
export function startEngine(): Engine {
  const path = mkdtempSync(join(process.env.TOLLGATE_BENCH_FOLDER ?? tmpdir(), 'tollgate-bench-'));
  const child = fork(new URL('./engine-process.ts', import.meta.url), [path, TABLE]);
  // It ends when it is told to, and at no other time.
  child.once('exit', (code) => {
    if (code !== null) throw new Error(`the engine ended with ${code}`);
  });
  const ask = <Answer>(asked: Asked) =>
    new Promise<Answer>((answered, failed) => {
      child.once('message', (said: { answer: Answer; failed?: string }) =>
        said.failed === undefined ? answered(said.answer) : failed(new Error(said.failed)),
      );
      child.send(asked);
    });
  return {
    fill: (load) => ask<Loaded>({ kind: 'load', load }),
    serve: async () => metered(await ask<string>({ kind: 'serve' })),
    close: () => {
      child.kill();
      forget(path);
    },
  };
}

function metered(endpoint: string): Metered {
  // An engine on a busy machine may be slow; what is counted is the same.
  const client = documentClient({
    ...{ endpoint, region: 'us-east-1', credentials: testCredentials },
    requestHandler: { requestTimeout: 60_000 },
  });
  let counts = nothing();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const input = { ...(args.input as object), ReturnConsumedCapacity: 'TOTAL' };
        const answered = await next({ ...args, input } as typeof args);
        const { ConsumedCapacity } = answered.output as { ConsumedCapacity?: Capacity | Capacity[] };
        const units = [ConsumedCapacity ?? []]
          .flat()
          .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        counts.requests += 1;
        counts[/^(?:Get|Query|BatchGet)/.test(commandName) ? 'readUnits' : 'writeUnits'] += units;
        return answered;
      },
    { step: 'initialize' },
  );
  return {
    ...{ client, table: TABLE },
    take: () => {
      const taken = counts;
      counts = nothing();
      return taken;
    },
  };
}

interface Capacity {
  CapacityUnits?: number;
}

const nothing = (): Counts => ({ requests: 0, readUnits: 0, writeUnits: 0 });
