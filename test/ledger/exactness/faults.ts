/** What can happen to one request to DynamoDB, and to the process that sent it. */
import type { Wire, WireAnswer } from '../../support/in-process-engine.ts';

/**
 * - `throttled`, `failing`, `unprocessed`: DynamoDB says that it did nothing; of a batch, with 200
 * - `lost`: it never arrived; `answer lost`: it did, and nobody was told; `late`: it is believed lost, and arrives
 *   when {@link Surroundings.late} is delivered
 * - `stops before`, `stops after`: the process ends there, before the request has left or after it was carried out
 */
export const FATES = [
  'throttled',
  'failing',
  'unprocessed',
  'lost',
  'answer lost',
  'late',
  'stops before',
  'stops after',
] as const;
export type Fate = (typeof FATES)[number];

/** The fate of one request of a process, by its number from 0 on; what is tried again has a number of its own. */
export interface Mishap {
  at: number;
  fate: Fate;
}

export interface Surroundings {
  engine: Wire;
  /** Whoever is to go on waits here until it is its turn. */
  turn(process: symbol): Promise<() => void>;
  /** Requests that have not arrived yet. */
  late: (() => Promise<unknown>)[];
}

export interface Process {
  wire: Wire;
  /**
   * @param work what the process does
   * @returns what that came to, or `stopped` where a mishap ended the process before
   */
  run<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | 'stopped'>;
}

/** @returns a process with a way to DynamoDB of its own, on which these mishaps wait */
export function startProcess({ engine, turn, late }: Surroundings, mishaps: readonly Mishap[]): Process {
  const fates = new Map(mishaps.map(({ at, fate }) => [at, fate]));
  const process = Symbol('process');
  let sent = 0;
  let isStopped = false;
  let stop: (outcome: 'stopped') => void = () => undefined;
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = resolve;
  });
  const wire: Wire = async (operation, body) => {
    const done = await turn(process);
    try {
      const answer = isStopped ? 'stopped' : await meet(fates.get(sent++), operation, body);
      if (answer !== 'stopped') return answer;
    } finally {
      done();
    }
    isStopped = true;
    stop('stopped');
    return new Promise<never>(() => undefined);
  };
  const meet = async (fate: Fate | undefined, operation: string, body: string) => {
    const refusal = refusalOf(fate, operation, body);
    if (refusal !== undefined) return refusal;
    if (fate === 'late') late.push(() => engine(operation, body));
    if (fate === 'lost' || fate === 'late') throw timeout();
    if (fate === 'stops before') return 'stopped';
    const answer = await engine(operation, body);
    if (fate === 'answer lost') throw timeout();
    return fate === 'stops after' ? 'stopped' : answer;
  };
  return { wire, run: (work) => Promise.race([work(), stopped]) };
}

/** What the SDK makes of a request that was not answered in time. */
const timeout = () => Object.assign(new Error('no answer'), { name: 'TimeoutError' });

function refusalOf(fate: Fate | undefined, operation: string, body: string): WireAnswer | undefined {
  if (fate === 'throttled') return refusal(400, 'ProvisionedThroughputExceededException');
  if (fate === 'failing') return refusal(500, 'InternalServerError');
  // No other operation can be left undone with 200: for those it is a throttle.
  if (fate !== 'unprocessed') return undefined;
  if (!operation.startsWith('Batch')) return refusal(400, 'ProvisionedThroughputExceededException');
  const { RequestItems } = JSON.parse(body) as { RequestItems: unknown };
  const undone =
    operation === 'BatchWriteItem' ? { UnprocessedItems: RequestItems } : { UnprocessedKeys: RequestItems };
  return { status: 200, body: JSON.stringify({ Responses: {}, ...undone }) };
}

const refusal = (status: number, type: string): WireAnswer => ({
  status,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'not today' }),
});
