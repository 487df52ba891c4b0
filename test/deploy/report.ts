/** What a proof of deployment did: phases with their time, what was asserted in each, what was skipped and why. */

/** What a phase is told to write down while it runs. */
export interface Phase {
  readonly name: string;
  /** Shows a line of progress. */
  say(line: string): void;
  /** @throws {AssertionFailed} where it does not hold */
  check(what: string, holds: boolean): void;
  /** Counts what another program has asserted. */
  passed(count: number): void;
  /** Counts what was not asserted, with the reason. */
  skipped(what: string, why: string): void;
}

export interface PhaseResult {
  name: string;
  milliseconds: number;
  passed: number;
  skipped: { what: string; why: string }[];
  failed: boolean;
}

export class AssertionFailed extends Error {
  override name = 'AssertionFailed';
}

export class Report {
  readonly results: PhaseResult[] = [];
  readonly #print: (line: string) => void;
  readonly #now: () => number;

  constructor(print: (line: string) => void, now: () => number) {
    this.#print = print;
    this.#now = now;
  }

  /**
   * Runs one phase and keeps its result.
   *
   * @returns what the phase returns
   * @throws what the phase throws, after its result is kept as failed
   */
  async phase<T>(name: string, run: (phase: Phase) => Promise<T>): Promise<T> {
    const result: PhaseResult = { name, milliseconds: 0, passed: 0, skipped: [], failed: true };
    this.results.push(result);
    const started = this.#now();
    this.#print(`\n== ${name}`);
    try {
      const value = await run(this.#recorder(result));
      result.failed = false;
      return value;
    } finally {
      result.milliseconds = this.#now() - started;
      this.#print(ending(result));
    }
  }

  #recorder(result: PhaseResult): Phase {
    const print = this.#print;
    return {
      name: result.name,
      say: (line) => print(`   ${line}`),
      check(what, holds) {
        if (!holds) throw new AssertionFailed(`this does not hold: ${what}`);
        result.passed += 1;
        print(`   ✔ ${what}`);
      },
      passed: (count) => {
        result.passed += count;
      },
      skipped(what, why) {
        result.skipped.push({ what, why });
        print(`   - skipped: ${what}`);
        if (result.skipped.filter((one) => one.why === why).length === 1) print(`     ${why}`);
      },
    };
  }
}

const ending = ({ name, milliseconds, passed, skipped, failed }: PhaseResult): string =>
  `${failed ? '✘' : '✔'} ${name}: ${(milliseconds / 1000).toFixed(1)} s, ${passed} passed, ${skipped.length} skipped`;
