/** One ledger with its clock, the requests that are on their way to it, and what it is to amount to. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { IssuedToken, UsageRecord } from '../../../lambdas/domain/usage.ts';
import type { Log } from '../../../lambdas/http/log.ts';
import { createTableOver, inProcessEngine, type Wire } from '../../support/in-process-engine.ts';
import { wireClient } from '../../support/wire-client.ts';
import type { PlacedCall } from './calls.ts';
import { type Mishap, startProcess } from './faults.ts';
import { type Interleaving, interleaving } from './interleaving.ts';

/** A record that was logged whole, because it was not booked. */
export interface Unbooked {
  record: UsageRecord;
  issued?: IssuedToken;
}

export interface Books {
  table: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** What was about to be booked, by request. */
  admitted: Map<string, UsageRecord>;
  calls: PlacedCall[];
  /** Those whose function ended before it had answered: the gateway saw them fail. */
  unanswered: PlacedCall[];
  unbooked: Unbooked[];
  /** Records that have arrived in the table, by request. */
  arrived: Set<string>;
  /** Requests that are late: those that book calls, and all others. */
  lateBookings: (() => Promise<unknown>)[];
  lateOthers: (() => Promise<unknown>)[];
  /** Warnings and errors of those who were not disturbed. */
  complaints: unknown[];
  order: Interleaving;
  clientOver(wire: Wire): DynamoDBDocumentClient;
  engine: Wire;
}

const TABLE = 'ledger';

/** @param clientOver how a process reaches the table */
export async function openBooks(clientOver = wireClient): Promise<Books> {
  const wire = inProcessEngine();
  await createTableOver(wire, TABLE);
  const arrived = new Set<string>();
  const engine: Wire = async (operation, body) => {
    const answer = await wire(operation, body);
    if (answer.status === 200 && WRITES.includes(operation)) {
      for (const [, id] of body.matchAll(REQUEST_ID)) arrived.add(String(id));
    }
    return answer;
  };
  return {
    ...{ table: TABLE, now: 0, engine, clientOver, order: interleaving(0), arrived },
    ...{ calls: [], admitted: new Map(), unanswered: [], unbooked: [] },
    ...{ lateBookings: [], lateOthers: [], complaints: [] },
  };
}

const WRITES: readonly string[] = ['PutItem', 'BatchWriteItem'];
const REQUEST_ID = /"requestId":\{"S":"([^"]*)"\}/g;

/** A process, and the table as it reaches it. */
export function startWork(books: Books, mishaps: readonly Mishap[], late = books.lateOthers) {
  const { engine, order, clientOver, table } = books;
  const { wire, run } = startProcess({ engine, turn: order.turn, late }, mishaps);
  return { run, ledger: { client: clientOver(wire), table } };
}

/** The table as nobody disturbs it. */
export const undisturbed = ({ engine, clientOver, table }: Books) => ({ client: clientOver(engine), table });

/** Seconds that records are kept. */
export const RETENTION = 90 * 24 * 3600;

const nothing = () => undefined;
export const silent: Log = {
  ...{ info: nothing, warn: nothing, error: nothing, unbooked: nothing, count: nothing, measure: nothing },
};

/** A log of which warnings and errors are kept. */
export const listening = ({ complaints }: Books): Log => ({
  ...silent,
  warn: (...line) => void complaints.push(line),
  error: (...line) => void complaints.push(line),
});
