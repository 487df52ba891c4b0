/** Several processes at once, one request at a time, in an order that a number stands for. */

export interface Interleaving {
  /**
   * Waits until the order has it that a request of this process is next; what is returned is called when it has been
   * answered.
   */
  turn(process: symbol): Promise<() => void>;
  /** Lets the order go on until all of these have come to an end. */
  until<Outcome>(processes: readonly Promise<Outcome>[]): Promise<Outcome[]>;
}

interface Waiting {
  process: symbol;
  go(): Promise<void>;
}

/**
 * @param order the same processes run in the same way for the same one; 0 is first come, first served. In some orders
 *   they take turns at each request, in others one gets far ahead before another goes on: what they do to one another
 *   needs now this, now that.
 */
export function interleaving(order: number): Interleaving {
  const waiting: Waiting[] = [];
  const random = randomOf(order);
  const loyalty = LOYALTIES[order % LOYALTIES.length] ?? 0;
  let current: symbol | undefined;
  const next = (): Waiting | undefined => {
    const own = waiting.filter(({ process }) => process === current);
    const stays = own.length > 0 && random() < loyalty;
    const among = stays ? own : waiting;
    const chosen = among[Math.floor(random() * among.length)];
    if (chosen !== undefined) waiting.splice(waiting.indexOf(chosen), 1);
    current = chosen?.process ?? current;
    return chosen;
  };
  return {
    turn: (process) =>
      new Promise((answer) => {
        waiting.push({ process, go: () => new Promise((done) => answer(done)) });
      }),
    async until(processes) {
      let isOver = false;
      const over = Promise.all(processes).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        // Whatever an answer sets off has come to its next request by then: nothing here waits for anything else.
        await new Promise(setImmediate);
        await next()?.go();
      }
      return over;
    },
  };
}

const LOYALTIES: readonly number[] = [0, 0.6, 0.9, 0.97];

/** @returns numbers from 0 to below 1, the same ones for the same seed; only 0 for 0 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    if (seed === 0) return 0;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
