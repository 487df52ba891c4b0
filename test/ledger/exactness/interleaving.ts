/** Several processes at once, one request at a time, in an order that a number stands for. */

export interface Interleaving {
  /** Waits until the order has it that this request is next; what is returned is called when it has been answered. */
  turn(): Promise<() => void>;
  /** Lets the order go on until all of these have come to an end. */
  until<Outcome>(processes: readonly Promise<Outcome>[]): Promise<Outcome[]>;
}

/** @param order the same processes run in the same way for the same one; 0 is first come, first served */
export function interleaving(order: number): Interleaving {
  const waiting: (() => Promise<void>)[] = [];
  const pick = picker(order);
  return {
    turn: () =>
      new Promise((go) => {
        waiting.push(() => new Promise((done) => go(done)));
      }),
    async until(processes) {
      let isOver = false;
      const over = Promise.all(processes).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        // Whatever an answer sets off has come to its next request by then: nothing here waits for anything else.
        await new Promise(setImmediate);
        const [next] = waiting.splice(pick(waiting.length), 1);
        await next?.();
      }
      return over;
    },
  };
}

/** @returns numbers from 0 to below a bound, the same ones for the same seed */
function picker(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    if (seed === 0) return 0;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
